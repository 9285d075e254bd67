#include "diffusion/dreambooth.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/_foreach_norm.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/mse_loss.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/unique_dim.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>
#include <utility>

#include "diffusion/checkpoint.h"
#include "diffusion/error.h"

namespace diffusion {
namespace {

constexpr double kClipEpsilon = 1e-6;  // torch.nn.utils.clip_grad_norm_

std::vector<at::Tensor> tensors_of(const NamedTensors& named) {
  std::vector<at::Tensor> tensors;
  for (const auto& [name, tensor] : named) tensors.push_back(tensor);
  return tensors;
}

NamedTensors weights_of(const UNet& unet, const TextEncoder* text_encoder) {
  NamedTensors weights = unet.named_parameters();
  if (text_encoder == nullptr) return weights;
  for (const auto& [name, weight] : text_encoder->named_parameters()) {
    weights.emplace_back("text_encoder." + name, weight);
  }
  return weights;
}

void check_prompts(const Batch& batch, bool as_ids) {
  const auto& prompts = as_ids ? batch.ids : batch.context;
  if (prompts.defined() && prompts.dim() == (as_ids ? 2 : 3) &&
      prompts.size(0) == batch.latents.size(0)) {
    return;
  }
  throw Error(as_ids ? "a training batch needs the token ids of a prompt for each latent"
                     : "a training batch needs a context for each latent");
}

void check(const Batch& batch) {
  const bool rows = batch.latents.defined() && batch.latents.dim() == 4 && batch.instances >= 1 &&
                    batch.instances <= batch.latents.size(0);
  if (!rows) {
    throw Error("a training batch needs latents [batch, channels, height, width] and from 1 to " +
                std::string("batch instance rows"));
  }
  const auto count = batch.latents.size(0);
  const bool fits = batch.noise.defined() && batch.noise.sizes() == batch.latents.sizes() &&
                    batch.timesteps.defined() && batch.timesteps.dim() == 1 &&
                    batch.timesteps.size(0) == count;
  if (!fits) {
    throw Error("a training batch needs noise like its latents, and a timestep for each of them");
  }
}

}  // namespace

DreamBooth::DreamBooth(UNet& unet, const NoiseSchedule& schedule, TrainOptions options,
                       TextEncoder* text_encoder)
    : unet_(unet),
      text_encoder_(text_encoder),
      weights_(weights_of(unet, text_encoder)),
      schedule_(schedule),
      options_(options),
      optimizer_(tensors_of(weights_), {options.learning_rate, options.beta1, options.beta2,
                                        options.epsilon, options.weight_decay}) {
  unet_.requires_grad(true);
  if (text_encoder_ != nullptr) text_encoder_->requires_grad(true);
}

DreamBooth::~DreamBooth() {
  for (const auto& parameter : optimizer_.parameters()) parameter.mutable_grad().reset();
  unet_.requires_grad(false);
  if (text_encoder_ != nullptr) text_encoder_->requires_grad(false);
}

at::Tensor DreamBooth::context_of(const Batch& batch) const {
  if (text_encoder_ == nullptr) return batch.context;
  // Most rows share a prompt: each is embedded once, and its gradients add up.
  const auto [prompts, row_of, counts] = at::unique_dim(batch.ids, 0, true, true);
  return text_encoder_->encode(prompts).index_select(0, row_of.to(text_encoder_->device()));
}

at::Tensor DreamBooth::loss_of(const Batch& batch, StepResult& result) const {
  const auto options = at::TensorOptions().device(unet_.device()).dtype(at::kFloat);
  const auto latents = batch.latents.to(options), noise = batch.noise.to(options);
  const auto timesteps = batch.timesteps.to(at::kLong);
  const auto noisy = schedule_.add_noise(latents, noise, timesteps);
  const auto target = schedule_.target(latents, noise, timesteps);
  const auto output = unet_.forward(noisy, timesteps, context_of(batch));
  const auto count = latents.size(0), instances = static_cast<std::int64_t>(batch.instances);
  auto loss = at::mse_loss(output.narrow(0, 0, instances), target.narrow(0, 0, instances));
  result.instance_loss = loss.item<double>();
  if (instances < count) {
    const auto prior = at::mse_loss(output.narrow(0, instances, count - instances),
                                    target.narrow(0, instances, count - instances));
    result.prior_loss = prior.item<double>();
    loss = loss + options_.prior_loss_weight * prior;
  }
  result.loss = loss.item<double>();
  return loss;
}

std::vector<at::Tensor> DreamBooth::backward(const Batch& batch, StepResult& result) {
  // What a step that failed has left behind must not leak into this one.
  for (const auto& parameter : optimizer_.parameters()) parameter.mutable_grad().reset();
  const at::AutoGradMode gradients_on(true);
  const auto loss = loss_of(batch, result);
  if (!std::isfinite(result.loss)) {
    throw Error("the loss is not finite (" + std::to_string(result.loss) +
                "): the learning rate is too high, or a picture or weight is damaged");
  }
  loss.backward();
  std::vector<at::Tensor> gradients;
  for (const auto& parameter : optimizer_.parameters()) {
    gradients.push_back(std::exchange(parameter.mutable_grad(), {}));
  }
  return gradients;
}

StepResult DreamBooth::step(const Batch& batch) {
  check(batch);
  check_prompts(batch, text_encoder_ != nullptr);
  StepResult result;
  const auto gradients = backward(batch, result);
  const at::NoGradGuard no_gradients;
  const auto norm = at::linalg_vector_norm(at::stack(at::_foreach_norm(gradients)));
  result.grad_norm = norm.item<double>();
  if (!std::isfinite(result.grad_norm)) {
    throw Error("a gradient is not finite: the learning rate is too high, or a picture or weight " +
                std::string("is damaged; the weights are as they were before this step"));
  }
  // Dividing by 1 / min(1, max / (norm + eps)), in the pass that updates the weights.
  optimizer_.step(gradients, ((norm + kClipEpsilon) / options_.max_grad_norm).clamp_min(1.0));
  return result;
}

void DreamBooth::save_checkpoint(const std::filesystem::path& folder, std::int64_t step) const {
  write_checkpoint(folder, step, weights_, optimizer_);
}

std::int64_t DreamBooth::load_checkpoint(const std::filesystem::path& folder) {
  const auto resumed = read_checkpoint(folder, weights_, optimizer_);
  resume_note_ = resumed.note;
  return resumed.step;
}

}  // namespace diffusion
