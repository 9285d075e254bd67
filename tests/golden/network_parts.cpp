#include <ATen/TensorOperators.h>
#include <ATen/core/IListRef.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <vector>

#include "diffusion/formats/safetensors.h"
#include "diffusion/formats/tokenizer.h"
#include "diffusion/networks/text_encoder.h"
#include "diffusion/networks/unet.h"
#include "diffusion/networks/vae.h"
#include "diffusion/schedulers/scheduler.h"
#include "diffusion/training/sample.h"
#include "golden_case.h"

namespace golden {
namespace {

constexpr double kEmbeddingTolerance = 2e-5;
constexpr double kNetworkTolerance = 1e-4;
constexpr double kPictureTolerance = 2e-3;
constexpr double kTimestepTolerance = 1e-3;  // Karras' lie between whole ones

at::Tensor ids_of(const diffusion::Tokenizer& tokenizer, const std::vector<std::string>& prompts) {
  std::vector<at::Tensor> rows;
  for (const auto& prompt : prompts) rows.push_back(at::tensor(tokenizer.encode(prompt)));
  return at::stack(rows).to(at::kLong);
}

}  // namespace

std::string text_part(const Case& test, const nlohmann::json& parameters) {
  const diffusion::SafetensorsFile file(test.folder / "text.safetensors");
  const diffusion::Tokenizer tokenizer(test.model() / "tokenizer");
  if (tokenizer.model_max_length() != parameters.at("max_length").get<int>()) {
    throw Failure("max_length is " + std::to_string(tokenizer.model_max_length()));
  }
  const auto prompts = parameters.at("prompts").get<std::vector<std::string>>();
  const auto ids = ids_of(tokenizer, prompts);
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    const auto row = static_cast<std::int64_t>(i);
    if (!ids[row].equal(file.tensor("ids")[row])) throw Failure("other ids for: " + prompts[i]);
  }
  const diffusion::TextEncoder text(test.model());
  return std::to_string(prompts.size()) + " prompts, " +
         compare("embedding", text.encode(ids).cpu(), file.tensor("embedding"),
                 kEmbeddingTolerance);
}

std::string vae_part(const Case& test, const nlohmann::json& parameters) {
  const diffusion::SafetensorsFile file(test.folder / "vae.safetensors");
  const diffusion::Vae vae(test.model());
  require_below("scaling_factor",
                std::abs(vae.scaling_factor() - parameters.at("scaling_factor").get<double>()), 0);
  const auto posterior = vae.encode(file.tensor("image"));
  return compare("mean", posterior.mean.cpu(), file.tensor("mean"), kNetworkTolerance) + ", " +
         compare("logvar", posterior.logvar.cpu(), file.tensor("logvar"), kNetworkTolerance) +
         ", " +
         compare("decoded", vae.decode(file.tensor("latent")).cpu(), file.tensor("decoded"),
                 kNetworkTolerance);
}

std::string unet_part(const Case& test, const nlohmann::json&) {
  const diffusion::SafetensorsFile file(test.folder / "unet.safetensors");
  const diffusion::UNet unet(test.model());
  const at::NoGradGuard no_gradients;
  const auto output =
      unet.forward(file.tensor("sample"), file.tensor("timestep"), file.tensor("context"));
  return compare("output", output.cpu(), file.tensor("output"), kNetworkTolerance);
}

std::string scheduler_part(const Case& test, const std::string& name,
                           const nlohmann::json& parameters) {
  const diffusion::SafetensorsFile file(test.folder / ("scheduler-" + name + ".safetensors"));
  const auto config = diffusion::SchedulerConfig::from_file(
      test.folder / parameters.at("config").get<std::string>());
  const diffusion::UNet unet(test.model());
  const int steps = parameters.at("steps").get<int>();
  const double guidance = parameters.at("guidance").get<double>();
  const auto scheduler = diffusion::make_scheduler(config, steps);
  const auto& timesteps = scheduler->timesteps();
  compare("timesteps", at::tensor(timesteps), file.tensor("timesteps"), kTimestepTolerance);

  // The walk by hand, so that every step can be compared; its end by sample_latents().
  const at::NoGradGuard no_gradients;
  const auto expected = file.tensor("trajectory"), context = file.tensor("context");
  const double tolerance = kNetworkTolerance * std::max(1.0, expected.abs().max().item<double>());
  auto latents = file.tensor("start") * scheduler->init_noise_sigma();
  double worst = 0;
  for (int i = 0; i < static_cast<int>(timesteps.size()); ++i) {
    const auto shown = scheduler->scale_model_input(latents, i);
    const auto halves =
        unet.forward(at::cat({shown, shown}), at::tensor({timesteps[i]}), context).cpu().chunk(2);
    latents = scheduler->step(halves[0] + guidance * (halves[1] - halves[0]), i, latents);
    remember(worst, difference("step", latents, expected[i]));
  }
  require_below("trajectory", worst, tolerance);
  const auto prompts = context.chunk(2);
  const auto end = diffusion::sample_latents(unet, config, file.tensor("start"), prompts[1],
                                             prompts[0], {steps, guidance});
  return "trajectory " + number(worst) + " of " + number(tolerance) + ", " +
         compare("sample_latents", end.cpu(), expected[-1], tolerance);
}

std::string pipeline_part(const Case& test, const nlohmann::json& parameters) {
  const diffusion::SafetensorsFile file(test.folder / "pipeline.safetensors");
  const diffusion::Tokenizer tokenizer(test.model() / "tokenizer");
  const diffusion::TextEncoder text(test.model());
  const diffusion::UNet unet(test.model());
  const diffusion::Vae vae(test.model());
  const auto scheduler = parameters.at("scheduler").get<std::string>();
  const auto config = diffusion::SchedulerConfig::from_file(test.folder / "schedulers" / scheduler /
                                                            "scheduler_config.json");
  const auto embed = [&](const char* key) {
    return text.encode(ids_of(tokenizer, {parameters.at(key).get<std::string>()}));
  };
  const auto latents = diffusion::sample_latents(
      unet, config, file.tensor("noise"), embed("prompt"), embed("negative_prompt"),
      {parameters.at("steps").get<int>(), parameters.at("guidance").get<double>()});
  const auto picture = (vae.decode(latents / vae.scaling_factor()).cpu() / 2 + 0.5).clamp(0, 1);
  return compare("image", picture.permute({0, 2, 3, 1}), file.tensor("image"), kPictureTolerance);
}

}  // namespace golden
