// diffusion_interop train BASE DESTINATION: trains the UNet of BASE for two steps and writes a
// model folder; prints the sum of the absolute weights.
// diffusion_interop draw MODEL SCHEDULER GIVEN PICTURE: GIVEN has the tensors noise, cond and
// uncond (token ids); writes the tensor image [batch, height, width, 3] in [0, 1].
// diffusion_interop adapt MODEL TARGETS kohya|diffusers fp16|fp32 GIVEN FILE OUTPUT: trains a LoRA
// of UNet and text encoder, writes it to FILE, and to OUTPUT what the networks make of GIVEN with
// it. diffusion_interop wear MODEL FILE GIVEN OUTPUT: the same of a LoRA in a file. GIVEN has the
// tensors sample, timestep, context and ids; OUTPUT gets unet and text.
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
#include "diffusion/networks/adapter_file.h"
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

void write_outputs(const diffusion::UNet& unet, const diffusion::TextEncoder& text,
                   const diffusion::SafetensorsFile& given, const std::filesystem::path& output) {
  const at::NoGradGuard no_gradients;
  diffusion::save_safetensors(
      output, {{"unet", unet.forward(given.tensor("sample"), given.tensor("timestep"),
                                     given.tensor("context"))},
               {"text", text.encode(given.tensor("ids"))}});
}

// Far enough that the LoRA changes what is drawn by more than it is rounded.
void adapt(const std::filesystem::path& model, const std::string& targets,
           diffusion::LoraFormat format, at::ScalarType dtype,
           const diffusion::SafetensorsFile& given, const std::filesystem::path& file,
           const std::filesystem::path& output) {
  at::manual_seed(1);
  diffusion::UNet unet(model);
  diffusion::TextEncoder text(model);
  diffusion::TrainOptions options{.learning_rate = 1e-2};
  options.adapter = diffusion::AdapterOptions{
      .rank = 4, .alpha = 3, .targets = diffusion::lora_targets(targets), .seed = 1};
  diffusion::DreamBooth training(unet, diffusion::NoiseSchedule(model), options, &text);
  const std::int64_t side = unet.sample_size();
  for (int step = 0; step < 3; ++step) {
    const auto latents = at::randn({2, unet.in_channels(), side, side});
    training.step({latents,
                   at::randn(latents.sizes()),
                   at::randint(1000, {2}, at::kLong),
                   {},
                   1,
                   at::randint(50, {2, 8}, at::kLong)});
  }
  diffusion::save_adapter(file, *training.adapter(), {.title = "interop", .identifier = "sks"},
                          format, dtype);
  write_outputs(unet, text, given, output);
}

void wear(const std::filesystem::path& model, const std::filesystem::path& file,
          const diffusion::SafetensorsFile& given, const std::filesystem::path& output) {
  const diffusion::UNet unet(model);
  const diffusion::TextEncoder text(model);
  const diffusion::Adapted adapted(
      diffusion::adaptable_layers(unet, &text),
      diffusion::load_adapter(file, diffusion::lora_layers(model), unet.device()));
  write_outputs(unet, text, given, output);
}

}  // namespace

int main(int count, char** words) {
  try {
    const std::string task = count > 1 ? words[1] : "";
    if (task == "train" && count == 4) {
      train(words[2], words[3]);
    } else if (task == "draw" && count == 6) {
      draw(words[2], words[3], diffusion::SafetensorsFile(words[4]), words[5]);
    } else if (task == "adapt" && count == 9) {
      const bool kohya = words[4] == std::string("kohya"), half = words[5] == std::string("fp16");
      adapt(words[2], words[3],
            kohya ? diffusion::LoraFormat::kohya : diffusion::LoraFormat::diffusers,
            half ? at::kHalf : at::kFloat, diffusion::SafetensorsFile(words[6]), words[7],
            words[8]);
    } else if (task == "wear" && count == 6) {
      wear(words[2], words[3], diffusion::SafetensorsFile(words[4]), words[5]);
    } else {
      return 2;
    }
    return 0;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
}
