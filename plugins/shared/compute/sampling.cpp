#include "compute/sampling.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/randn.h>

#include <utility>

#include "diffusion/formats/drawable_schedule.h"
#include "diffusion/formats/unet_config.h"

namespace compute {

diffusion::SchedulerConfig sampling_schedule(diffusion::SchedulerConfig config,
                                             const std::string& scheduler) {
  if (!scheduler.empty()) {
    config = diffusion::with_scheduler(std::move(config), scheduler);
  }
  config = diffusion::drawable(std::move(config)).config;
  config.clip_sample = false;
  config.steps_offset = 1;
  return config;
}

diffusion::SchedulerConfig sampling_schedule(const std::filesystem::path& model_folder) {
  return sampling_schedule(diffusion::SchedulerConfig::from_model_folder(model_folder));
}

int size_multiple(const std::filesystem::path& model_folder, int vae_factor) {
  const auto config = diffusion::UNetConfig::from_file(model_folder / "unet" / "config.json");
  return vae_factor << (config.levels.size() - 1);
}

at::Tensor noise_from(const std::vector<std::uint64_t>& seeds, std::int64_t channels,
                      std::int64_t height, std::int64_t width) {
  std::vector<at::Tensor> rows;
  for (const auto seed : seeds) {
    const auto generator = at::detail::createCPUGenerator(seed);
    rows.push_back(at::randn({1, channels, height, width}, generator));
  }
  return at::cat(rows);
}

}  // namespace compute
