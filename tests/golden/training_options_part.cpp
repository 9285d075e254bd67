#include <cmath>

#include "diffusion/formats/safetensors.h"
#include "diffusion/training/dreambooth.h"
#include "golden_case.h"

namespace golden {
namespace {

constexpr double kTolerance = 2e-5;      // relative, loss and norm in float32
constexpr double kBf16Tolerance = 2e-2;  // the same in bfloat16: 8 bits, and sums in another order
constexpr double kWeightTolerance = 2e-5;
// Where a gradient is next to nothing, its rounding decides which way AdamW goes.
constexpr double kBf16WeightTolerance = 1.3e-3;

diffusion::TrainOptions options_of(const nlohmann::json& common, const nlohmann::json& option,
                                   int steps) {
  diffusion::TrainOptions options;
  options.learning_rate = common.at("lr").get<double>();
  options.weight_decay = common.at("weight_decay").get<double>();
  options.max_grad_norm = common.at("max_grad_norm").get<double>();
  options.prior_loss_weight = common.at("prior_loss_weight").get<double>();
  options.lr_schedule = {option.value("lr_scheduler", "constant"),
                         option.value("lr_warmup_steps", 0), steps};
  options.gradient_accumulation_steps = option.value("gradient_accumulation_steps", 1);
  options.gradient_checkpointing = option.value("gradient_checkpointing", false);
  options.bf16 = option.value("mixed_precision", "no") == "bf16";
  options.snr_gamma = option.value("snr_gamma", 0.0);
  options.ema_decay = option.value("ema_decay", 0.0);
  return options;
}

// The largest relative error of losses and norms; throws when it or a weight is off.
double check_option(const Case& test, const diffusion::SafetensorsFile& file,
                    const std::string& name, const diffusion::TrainOptions& options) {
  diffusion::UNet unet(test.model());
  diffusion::DreamBooth training(unet, diffusion::NoiseSchedule(test.model()), options);
  const auto loss = file.tensor(name + ".loss"), norm = file.tensor(name + ".grad_norm");
  const auto off = [](double found, const at::Tensor& expected) {
    return std::abs(found / expected.item<double>() - 1);
  };
  double worst = 0;
  for (int step = 0; step < loss.size(0); ++step) {
    const auto latents = file.tensor("latent")[step];
    const auto result =
        training.step({latents, file.tensor("noise")[step], file.tensor("timestep")[step],
                       file.tensor("context"), static_cast<int>(latents.size(0) / 2)});
    remember(worst, off(result.loss, loss[step]));
    remember(worst, off(result.grad_norm, norm[step]));
  }
  require_below(name + ": loss or grad_norm (relative)", worst,
                options.bf16 ? kBf16Tolerance : kTolerance);
  const diffusion::DreamBooth::Averaged averaged(training);
  int compared = 0;
  for (const auto& [weight_name, weight] : unet.named_parameters()) {
    const auto key = name + ".weight." + weight_name;
    if (!file.contains(key)) continue;
    require_below(key, difference(key, weight.detach().cpu(), file.tensor(key)),
                  options.bf16 ? kBf16WeightTolerance : kWeightTolerance);
    ++compared;
  }
  if (compared == 0) throw Failure(name + ": the case has no weights");
  return worst;
}

}  // namespace

std::string training_options_part(const Case& test, const nlohmann::json& parameters) {
  const diffusion::SafetensorsFile file(test.folder / "training-options.safetensors");
  const auto steps = static_cast<int>(file.tensor("latent").size(0));
  std::string text;
  for (const auto& [name, option] : parameters.at("options").items()) {
    const auto worst = check_option(test, file, name, options_of(parameters, option, steps));
    text += (text.empty() ? "" : ", ") + name + " " + number(worst);
  }
  return text;
}

}  // namespace golden
