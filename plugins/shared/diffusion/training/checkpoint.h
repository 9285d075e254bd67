#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "diffusion/networks/unet.h"
#include "diffusion/training/adamw.h"

namespace diffusion {

/// A checkpoint is one safetensors file: `weight.NAME`, `exp_avg.NAME` and `exp_avg_sq.NAME` for
/// every weight, and averaged weights under their own names. Its metadata has the number of
/// updates, the settings, and the conditions of the computation.
inline constexpr const char* kCheckpointFile = "checkpoint.safetensors";

/// The settings that must not change when a run continues: name -> value.
using Settings = std::map<std::string, std::string>;

/// A number as it is written in Settings: the shortest text that gives exactly this number again.
std::string exact(double value);

/// What a checkpoint contains. Holds references only.
struct CheckpointState {
  const NamedTensors& weights;
  const AdamW& optimizer;
  const NamedTensors& averages;
  const Settings& settings;  ///< in addition to AdamW's
};

/// Writes the checkpoint of a run after `updates` updates. Creates `folder` when needed. The file
/// appears whole or not at all. Throws Error.
void write_checkpoint(const std::filesystem::path& folder, const CheckpointState& state,
                      std::int64_t updates);

struct Resumed {
  std::int64_t updates;  ///< of the optimizer; the caller must set them there
  std::string note;      ///< conditions that differ from the checkpoint's; "" for none
};

/// Copies the file's tensors into those of `state`, after checking that everything fits. On an
/// Error nothing changes.
Resumed read_checkpoint(const std::filesystem::path& folder, const CheckpointState& state);

}  // namespace diffusion
