#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "diffusion/networks/unet.h"
#include "diffusion/training/adamw.h"

namespace diffusion {

/// A checkpoint is one safetensors file: `weight.NAME`, `exp_avg.NAME`, `exp_avg_sq.NAME` for every
/// weight, averaged weights under their own names, and in its metadata the updates done, the
/// settings, and under which conditions it was computed.
inline constexpr const char* kCheckpointFile = "checkpoint.safetensors";

/// Name -> value of what a run cannot have otherwise when it goes on.
using Settings = std::map<std::string, std::string>;

/// A number as it stands in Settings: the shortest text that gives it back exactly.
std::string exact(double value);

/// What a checkpoint is of; refers to what it is made from.
struct CheckpointState {
  const NamedTensors& weights;
  const AdamW& optimizer;
  const NamedTensors& averages;
  const Settings& settings;  ///< beside those of AdamW
};

/// Of a run with that many `updates` done. Makes `folder` if need be. The file appears whole or not
/// at all. Throws Error.
void write_checkpoint(const std::filesystem::path& folder, const CheckpointState& state,
                      std::int64_t updates);

struct Resumed {
  std::int64_t updates;  ///< of the optimizer, which is still to be told
  std::string note;      ///< conditions that differ from those of the checkpoint; "" for none
};

/// Puts the file's tensors into those of `state`, after all of it was found to fit: on an Error
/// nothing is changed.
Resumed read_checkpoint(const std::filesystem::path& folder, const CheckpointState& state);

}  // namespace diffusion
