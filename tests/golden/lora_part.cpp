#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/mse_loss.h>

#include <cmath>
#include <functional>
#include <optional>

#include "diffusion/formats/safetensors.h"
#include "diffusion/training/dreambooth.h"
#include "diffusion/training/trained_adapter.h"
#include "golden_case.h"

namespace golden {
namespace {

// Of losses and norms, and of a gradient's largest value: relative. Of factors: absolute.
constexpr double kTolerance = 1e-5;

/// The networks of a case, and one variant of its training.
struct Variant {
  Variant(const Case& test, const nlohmann::json& common, std::string variant_name,
          const nlohmann::json& own)
      : file(test.folder / "lora.safetensors"),
        name(std::move(variant_name)),
        schedule(test.model()),
        unet(test.model()) {
    if (own.at("train_text_encoder").get<bool>()) text.emplace(test.model());
    adapter = {.rank = common.at("rank").get<std::int64_t>(),
               .alpha = own.at("alpha").get<double>(),
               .targets = diffusion::lora_targets(own.at("targets").get<std::string>())};
  }

  diffusion::TextEncoder* text_encoder() { return text ? &*text : nullptr; }
  at::Tensor expected(const std::string& key) const { return file.tensor(name + "." + key); }

  // Gives the factors the numbers that the case starts from.
  void start(const diffusion::Adapter& factors) const {
    const at::NoGradGuard no_gradients;
    for (const auto& [layer, own] : factors) {
      own.down.copy_(file.tensor("start." + layer + ".down"));
      own.up.copy_(file.tensor("start." + layer + ".up"));
    }
  }

  // The largest difference of the factors that the case keeps, of what `found` gives for one.
  double worst(const std::string& kind, const diffusion::NamedTensors& factors,
               const std::function<double(const std::string&, const at::Tensor&,
                                          const at::Tensor&)>& error) const {
    double largest = 0;
    int compared = 0;
    for (const auto& [factor, tensor] : factors) {
      const auto key = name + "." + kind + "." + factor;
      if (!file.contains(key)) continue;
      remember(largest, error(key, tensor, file.tensor(key)));
      ++compared;
    }
    if (compared == 0) throw Failure(name + ": the case has no " + kind);
    require_below(name + ": " + kind, largest, kTolerance);
    return largest;
  }

  diffusion::SafetensorsFile file;
  std::string name;
  diffusion::NoiseSchedule schedule;
  diffusion::UNet unet;
  std::optional<diffusion::TextEncoder> text;
  diffusion::AdapterOptions adapter;
};

diffusion::Batch batch_at(const diffusion::SafetensorsFile& file, int step) {
  const auto latents = file.tensor("latent")[step];
  return {latents,
          file.tensor("noise")[step],
          file.tensor("timestep")[step],
          file.tensor("context"),
          static_cast<int>(latents.size(0) / 2),
          file.tensor("ids")};
}

// The gradients of the first step, from the parts that DreamBooth is made of.
double check_gradients(Variant& variant, double prior_weight) {
  const diffusion::TrainedAdapter adapter(variant.unet, variant.text_encoder(), variant.adapter);
  variant.start(adapter.factors());
  const auto batch = batch_at(variant.file, 0);
  const auto context = variant.text ? variant.text->encode(batch.ids) : batch.context;
  const auto noisy = variant.schedule.add_noise(batch.latents, batch.noise, batch.timesteps);
  const auto target = variant.schedule.target(batch.latents, batch.noise, batch.timesteps);
  const auto output = variant.unet.forward(noisy, batch.timesteps, context).cpu();
  const std::int64_t n = batch.instances;
  auto loss = at::mse_loss(output.narrow(0, 0, n), target.narrow(0, 0, n)) +
              prior_weight * at::mse_loss(output.narrow(0, n, n), target.narrow(0, n, n));
  loss.backward();
  return variant.worst("grad", adapter.weights(),
                       [](const auto& key, const auto& factor, const auto& expected) {
                         return difference(key, factor.grad().cpu(), expected) /
                                expected.abs().max().template item<double>();
                       });
}

diffusion::TrainOptions options_of(const nlohmann::json& common,
                                   const diffusion::AdapterOptions& adapter) {
  diffusion::TrainOptions options;
  options.learning_rate = common.at("lr").get<double>();
  options.beta1 = common.at("betas")[0].get<double>();
  options.beta2 = common.at("betas")[1].get<double>();
  options.epsilon = common.at("eps").get<double>();
  options.weight_decay = common.at("weight_decay").get<double>();
  options.max_grad_norm = common.at("max_grad_norm").get<double>();
  options.prior_loss_weight = common.at("prior_loss_weight").get<double>();
  options.adapter = adapter;
  return options;
}

// The steps; the largest relative error of losses and norms, and that of the factors afterwards.
std::string check_steps(Variant& variant, const nlohmann::json& common, std::size_t layers) {
  diffusion::DreamBooth training(variant.unet, variant.schedule,
                                 options_of(common, variant.adapter), variant.text_encoder());
  if (training.adapter()->size() != layers) {
    throw Failure(variant.name + ": " + std::to_string(training.adapter()->size()) +
                  " layers are trained, by peft " + std::to_string(layers));
  }
  variant.start(*training.adapter());
  const auto loss = variant.expected("loss"), norm = variant.expected("grad_norm");
  const auto off = [](double found, const at::Tensor& expected) {
    return std::abs(found / expected.item<double>() - 1);
  };
  double worst = 0;
  for (int step = 0; step < loss.size(0); ++step) {
    const auto result = training.step(batch_at(variant.file, step));
    remember(worst, off(result.loss, loss[step]));
    remember(worst, off(result.grad_norm, norm[step]));
  }
  require_below(variant.name + ": loss or grad_norm (relative)", worst, kTolerance);
  const auto factors = variant.worst("factor", training.weights(),
                                     [](const auto& key, const auto& factor, const auto& expected) {
                                       return difference(key, factor.detach().cpu(), expected);
                                     });
  return number(worst) + "/" + number(factors);
}

}  // namespace

std::string lora_part(const Case& test, const nlohmann::json& parameters) {
  std::string text;
  for (const auto& [name, own] : parameters.at("variants").items()) {
    Variant variant(test, parameters, name, own);
    const auto gradients =
        check_gradients(variant, parameters.at("prior_loss_weight").get<double>());
    text += (text.empty() ? "" : ", ") + name + " " + number(gradients) + "/" +
            check_steps(variant, parameters, own.at("layers").get<std::size_t>());
  }
  return text;
}

}  // namespace golden
