#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/mse_loss.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "diffusion/formats/safetensors.h"
#include "diffusion/training/dreambooth.h"
#include "golden_case.h"

namespace golden {
namespace {

constexpr double kScalarTolerance = 1e-5;    // relative, loss and norm
constexpr double kGradientTolerance = 1e-3;  // of the tensor's largest value
constexpr double kWeightTolerance = 1e-5;    // on kMostEntries of them
constexpr double kMostEntries = 0.999;
constexpr double kEveryWeightTolerance = 2e-4;

diffusion::Batch batch_at(const diffusion::SafetensorsFile& file, int step, int instances) {
  return {file.tensor("latent")[step], file.tensor("noise")[step], file.tensor("timestep")[step],
          file.tensor("context"), instances};
}

// The gradients of the first step, from the parts that DreamBooth is made of.
double check_gradients(const Case& test, const diffusion::SafetensorsFile& file, int instances,
                       double prior_weight) {
  diffusion::UNet unet(test.model());
  const diffusion::NoiseSchedule schedule(test.model());
  unet.requires_grad(true);
  const auto batch = batch_at(file, 0, instances);
  const auto target = schedule.target(batch.latents, batch.noise, batch.timesteps);
  const auto output = unet.forward(schedule.add_noise(batch.latents, batch.noise, batch.timesteps),
                                   batch.timesteps, batch.context)
                          .cpu();
  const auto rows = output.size(0) - instances;
  auto loss = at::mse_loss(output.narrow(0, 0, instances), target.narrow(0, 0, instances)) +
              prior_weight * at::mse_loss(output.narrow(0, instances, rows),
                                          target.narrow(0, instances, rows));
  loss.backward();
  double worst = 0;
  for (const auto& [name, weight] : unet.named_parameters()) {
    if (!file.contains("grad." + name)) continue;
    const auto expected = file.tensor("grad." + name);
    const double largest = expected.abs().max().item<double>();
    const double error = difference(name, weight.grad().cpu(), expected) / largest;
    require_below("gradient of " + name, error, kGradientTolerance);
    remember(worst, error);
  }
  return worst;
}

double check_weights(const diffusion::UNet& unet, const diffusion::SafetensorsFile& file) {
  double worst = 0;
  int compared = 0;
  for (const auto& [name, weight] : unet.named_parameters()) {
    if (!file.contains("weight." + name)) continue;
    const at::NoGradGuard no_gradients;
    const auto error = (weight.cpu() - file.tensor("weight." + name)).abs();
    const double far = (error > kWeightTolerance).to(at::kDouble).mean().item<double>();
    require_below("share of " + name + " that is off", far, 1 - kMostEntries);
    require_below(name, error.max().item<double>(), kEveryWeightTolerance);
    remember(worst, error.max().item<double>());
    ++compared;
  }
  const auto expected =
      std::count_if(file.names().begin(), file.names().end(),
                    [](const std::string& name) { return name.rfind("weight.", 0) == 0; });
  if (compared != expected) throw Failure("the case has weights that the UNet lacks");
  return worst;
}

// The rows must stand as Batch has them: instances first.
int leading_rows(const nlohmann::json& rows) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].get<std::size_t>() != i) throw Failure("instance_rows are not the first rows");
  }
  return static_cast<int>(rows.size());
}

}  // namespace

std::string training_part(const Case& test, const nlohmann::json& parameters) {
  const diffusion::SafetensorsFile file(test.folder / "training.safetensors");
  const int instances = leading_rows(parameters.at("instance_rows"));
  diffusion::TrainOptions options;
  options.learning_rate = parameters.at("lr").get<double>();
  options.beta1 = parameters.at("betas")[0].get<double>();
  options.beta2 = parameters.at("betas")[1].get<double>();
  options.epsilon = parameters.at("eps").get<double>();
  options.weight_decay = parameters.at("weight_decay").get<double>();
  options.max_grad_norm = parameters.at("max_grad_norm").get<double>();
  options.prior_loss_weight = parameters.at("prior_loss_weight").get<double>();
  const double gradient_error = check_gradients(test, file, instances, options.prior_loss_weight);

  diffusion::UNet unet(test.model());
  diffusion::DreamBooth training(unet, diffusion::NoiseSchedule(test.model()), options);
  double loss_error = 0, norm_error = 0;
  for (int step = 0; step < parameters.at("steps").get<int>(); ++step) {
    const auto result = training.step(batch_at(file, step, instances));
    const double loss = file.tensor("loss")[step].item<double>();
    const double norm = file.tensor("grad_norm")[step].item<double>();
    remember(loss_error, std::abs(result.loss - loss) / std::abs(loss));
    remember(norm_error, std::abs(result.grad_norm - norm) / std::abs(norm));
  }
  require_below("loss (relative)", loss_error, kScalarTolerance);
  require_below("grad_norm (relative)", norm_error, kScalarTolerance);
  return "loss " + number(loss_error) + ", grad_norm " + number(norm_error) + ", gradients " +
         number(gradient_error) + ", weights " + number(check_weights(unet, file));
}

}  // namespace golden
