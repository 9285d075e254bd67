#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "diffusion/formats/scheduler_config.h"

namespace compute {

/// The schedule for sampling pictures: a model's configuration with the named scheduler
/// (diffusion/formats/scheduler_config.h). For "" it keeps the model's own scheduler. What cannot
/// be drawn with becomes the nearest that can (diffusion/formats/drawable_schedule.h). Always sets
/// `clip_sample` off and `steps_offset` 1, as diffusers' StableDiffusionPipeline does
/// (`pipeline_stable_diffusion.py`), because files from before these settings existed lack them.
/// Throws files::Error for an unknown name.
diffusion::SchedulerConfig sampling_schedule(diffusion::SchedulerConfig config,
                                             const std::string& scheduler = "");
/// The same for a diffusers folder.
diffusion::SchedulerConfig sampling_schedule(const std::filesystem::path& model_folder);

/// Width and height of a picture must be multiples of this: pixels per latent value of a diffusers
/// folder's VAE, times the factor between the UNet's finest and coarsest level.
int size_multiple(const std::filesystem::path& model_folder, int vae_factor);

/// Standard normal noise [seeds, channels, height, width]. Row i is drawn on the CPU from seeds[i]
/// alone, so a seed gives the same picture whatever else is drawn with it.
at::Tensor noise_from(const std::vector<std::uint64_t>& seeds, std::int64_t channels,
                      std::int64_t height, std::int64_t width);

}  // namespace compute
