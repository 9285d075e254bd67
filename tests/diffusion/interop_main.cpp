// diffusion_interop BASE DESTINATION: trains the UNet of BASE for two steps and writes a model
// folder; prints the sum of the absolute weights.
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>

#include <cstdio>
#include <exception>

#include "diffusion/dreambooth.h"
#include "diffusion/model_folder.h"

int main(int count, char** arguments) {
  try {
    if (count != 3) return 2;
    const std::filesystem::path base = arguments[1];
    diffusion::UNet unet(base);
    diffusion::DreamBooth training(unet, diffusion::NoiseSchedule(base), {.learning_rate = 1e-3});
    const std::int64_t side = unet.sample_size();
    for (int step = 0; step < 2; ++step) {
      const auto latents = at::randn({2, unet.in_channels(), side, side});
      training.step({latents, at::randn(latents.sizes()), at::randint(1000, {2}, at::kLong),
                     at::randn({2, 8, unet.context_dim()}), 1});
    }
    diffusion::write_model_folder(base, unet, arguments[2]);
    double sum = 0;
    for (const auto& [name, tensor] : unet.named_parameters()) {
      sum += tensor.detach().to(at::kDouble).abs().sum().item<double>();
    }
    std::printf("%.9g\n", sum);
    return 0;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
}
