#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "diffusion/formats/scheduler_config.h"

namespace compute {

/// The schedule that pictures are sampled with: a model's configuration, with the scheduler of that
/// name (diffusion/scheduler_config.h), or for "" with its own, or with DDIM when the library does
/// not have its own; and with `clip_sample` off and `steps_offset` 1 whatever it says, as
/// diffusers' StableDiffusionPipeline sets them (`pipeline_stable_diffusion.py`): files written
/// before the two settings existed leave them out. Throws files::Error for an unknown name.
diffusion::SchedulerConfig sampling_schedule(diffusion::SchedulerConfig config,
                                             const std::string& scheduler = "");
/// Of a diffusers folder.
diffusion::SchedulerConfig sampling_schedule(const std::filesystem::path& model_folder);

/// Pixels per latent value of a diffusers folder's VAE times the finest-to-coarsest factor of its
/// UNet: width and height must be multiples of it.
int size_multiple(const std::filesystem::path& model_folder, int vae_factor);

/// Standard normal noise [seeds, channels, height, width], row i drawn on the CPU from seeds[i]
/// alone: a seed gives one picture, whatever it is drawn together with.
at::Tensor noise_from(const std::vector<std::uint64_t>& seeds, std::int64_t channels,
                      std::int64_t height, std::int64_t width);

}  // namespace compute
