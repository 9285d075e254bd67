#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "diffusion/adamw.h"
#include "diffusion/unet.h"

namespace diffusion {

/// A checkpoint is one safetensors file: `weight.NAME`, `exp_avg.NAME`, `exp_avg_sq.NAME` for every
/// weight, and in its metadata the step and under which conditions it was computed.
inline constexpr const char* kCheckpointFile = "checkpoint.safetensors";

struct Resumed {
  std::int64_t step;
  std::string note;  ///< conditions that differ from those of the checkpoint; "" for none
};

/// Makes `folder` if need be; `others` are kept under their own names (averaged weights).
/// The file appears whole or not at all. Throws Error.
void write_checkpoint(const std::filesystem::path& folder, std::int64_t step,
                      const NamedTensors& weights, const AdamW& optimizer,
                      const NamedTensors& others = {});

/// Puts the state into `weights` and `optimizer`, after all of it was found to fit: on an Error
/// nothing is changed.
Resumed read_checkpoint(const std::filesystem::path& folder, const NamedTensors& weights,
                        AdamW& optimizer, const NamedTensors& others = {});

}  // namespace diffusion
