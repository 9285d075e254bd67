// diffusion_interop train BASE DESTINATION: trains the UNet of BASE for two steps and writes a
// model folder; prints the sum of the absolute weights.
// diffusion_interop draw MODEL SCHEDULER GIVEN PICTURE: GIVEN has the tensors noise, cond and
// uncond (token ids); writes the tensor image [batch, height, width, 3] in [0, 1].
#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>

#include <cstdio>
#include <exception>
#include <string>

#include "diffusion/formats/model_source.h"
#include "diffusion/formats/safetensors.h"
#include "diffusion/networks/text_encoder.h"
#include "diffusion/networks/vae.h"
#include "diffusion/schedulers/scheduler.h"
#include "diffusion/training/dreambooth.h"
#include "diffusion/training/model_folder.h"
#include "diffusion/training/sample.h"

namespace {

constexpr diffusion::SampleOptions kSampling{6, 4.0};

void train(const std::filesystem::path& base, const std::filesystem::path& destination) {
  at::manual_seed(1);
  diffusion::UNet unet(base);
  diffusion::DreamBooth training(unet, diffusion::NoiseSchedule(base), {.learning_rate = 1e-3});
  const std::int64_t side = unet.sample_size();
  for (int step = 0; step < 2; ++step) {
    const auto latents = at::randn({2, unet.in_channels(), side, side});
    training.step({latents, at::randn(latents.sizes()), at::randint(1000, {2}, at::kLong),
                   at::randn({2, 8, unet.context_dim()}), 1});
  }
  diffusion::write_model_folder(base, unet, destination);
  double sum = 0;
  for (const auto& [name, tensor] : unet.named_parameters()) {
    sum += tensor.detach().to(at::kDouble).abs().sum().item<double>();
  }
  std::printf("%.9g\n", sum);
}

void draw(const std::filesystem::path& given, const std::string& scheduler,
          const diffusion::SafetensorsFile& input, const std::filesystem::path& output) {
  const at::NoGradGuard no_gradients;
  const auto model = diffusion::find_model_folder(given);
  const diffusion::TextEncoder text(model);
  const diffusion::Vae vae(model);
  const auto config =
      diffusion::with_scheduler(diffusion::SchedulerConfig::from_model_folder(model), scheduler);
  const auto latents = diffusion::sample_latents(
      diffusion::UNet(model), config, input.tensor("noise"), text.encode(input.tensor("cond")),
      text.encode(input.tensor("uncond")), kSampling);
  const auto image = (vae.decode(latents / vae.scaling_factor()) / 2 + 0.5).clamp(0, 1);
  diffusion::save_safetensors(output, {{"image", image.permute({0, 2, 3, 1})}});
}

}  // namespace

int main(int count, char** words) {
  try {
    const std::string task = count > 1 ? words[1] : "";
    if (task == "train" && count == 4) {
      train(words[2], words[3]);
    } else if (task == "draw" && count == 6) {
      draw(words[2], words[3], diffusion::SafetensorsFile(words[4]), words[5]);
    } else {
      return 2;
    }
    return 0;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
}
