#include "diffusion/training/dreambooth.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/IListRef.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/mse_loss.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/unique_dim.h>
#include <ATen/ops/zeros.h>

#include <utility>

#include "diffusion/formats/diffusion_error.h"
#include "diffusion/networks/autocast.h"
#include "diffusion/networks/out_of_memory.h"
#include "diffusion/training/checkpoint.h"
#include "diffusion/training/min_snr.h"

namespace diffusion {
namespace {

// What a step computes with: rows of the batch, and the learning rate.
enum Input { kNoisy, kTarget, kTimesteps, kWeights, kPrompts, kLearningRate };
constexpr std::int64_t kLosses = 3;

std::unique_ptr<TrainedAdapter> adapter_of(const UNet& unet, const TextEncoder* text_encoder,
                                           const TrainOptions& options) {
  if (!options.adapter) return nullptr;
  return std::make_unique<TrainedAdapter>(unet, text_encoder, *options.adapter);
}

NamedTensors weights_of(const UNet& unet, const TextEncoder* text_encoder) {
  NamedTensors weights = unet.named_parameters();
  if (text_encoder == nullptr) return weights;
  for (const auto& [name, weight] : text_encoder->named_parameters()) {
    weights.emplace_back("text_encoder." + name, weight);
  }
  return weights;
}

FitOptions fit_options(const TrainOptions& options) {
  if (options.gradient_accumulation_steps < 1) {
    throw Error("gradient_accumulation_steps must be at least 1");
  }
  return {.learning_rate = options.learning_rate,
          .beta1 = options.beta1,
          .beta2 = options.beta2,
          .epsilon = options.epsilon,
          .weight_decay = options.weight_decay,
          .max_grad_norm = options.max_grad_norm,
          .lr_schedule = options.lr_schedule,
          .ema_decay = options.ema_decay,
          .ema_inv_gamma = options.ema_inv_gamma};
}

}  // namespace

DreamBooth::DreamBooth(UNet& unet, const NoiseSchedule& schedule, TrainOptions options,
                       TextEncoder* text_encoder)
    : unet_(unet),
      text_encoder_(text_encoder),
      schedule_(schedule),
      options_(std::move(options)),
      parts_(options_.gradient_accumulation_steps),
      adapter_(adapter_of(unet, text_encoder, options_)),
      fit_(adapter_ ? adapter_->weights() : weights_of(unet, text_encoder), fit_options(options_)) {
  unet_.requires_grad(adapter_ == nullptr);
  unet_.gradient_checkpointing(options_.gradient_checkpointing);
  if (text_encoder_ != nullptr) text_encoder_->requires_grad(adapter_ == nullptr);
  const bool same_each_time = !adapter_ || !adapter_->draws_masks();
  if (options_.graph && same_each_time && DeviceGraph::is_possible(unet_.device())) record_steps();
}

void DreamBooth::record_steps() {
  graph_.emplace([this](const auto& inputs) { return queue_step(inputs); }, unet_.device());
}

DreamBooth::~DreamBooth() {
  fit_.drop_gradients();
  unet_.requires_grad(false);
  unet_.gradient_checkpointing(false);
  if (text_encoder_ != nullptr) text_encoder_->requires_grad(false);
}

// What a step computes with, on the UNet's device, and in this order (Input). Everything that asks
// for a value is done here.
std::vector<at::Tensor> DreamBooth::inputs_of(const Batch& batch) const {
  const auto device = unet_.device();
  const auto options = at::TensorOptions().device(device).dtype(at::kFloat);
  const auto latents = batch.latents.to(options), noise = batch.noise.to(options);
  const auto timesteps = batch.timesteps.to(at::kLong);
  if (text_encoder_ != nullptr) text_encoder_->check(batch.ids);
  return {schedule_.add_noise(latents, noise, timesteps),
          schedule_.target(latents, noise, timesteps),
          timesteps.to(device),
          min_snr_weights(schedule_, timesteps, options_.snr_gamma).to(device),
          text_encoder_ != nullptr ? batch.ids.to(device) : batch.context.to(options),
          fit_.learning_rate()};
}

at::Tensor DreamBooth::context_of(const at::Tensor& prompts) const {
  if (text_encoder_ == nullptr) return prompts;
  if (graph_) return text_encoder_->forward(prompts);  // how many differ is not asked
  // Most rows share a prompt: each is embedded once, and its gradients add up.
  const auto [ids, row_of, counts] = at::unique_dim(prompts, 0, true, true);
  return text_encoder_->forward(ids).index_select(0, row_of.to(text_encoder_->device()));
}

// [3]: the whole loss, that of the instance rows, that of the prior rows.
at::Tensor DreamBooth::losses_of(const std::vector<at::Tensor>& rows,
                                 std::int64_t instances) const {
  const auto output = [&] {
    const Autocast autocast(options_.bf16, unet_.device());
    return unet_.forward(rows[kNoisy], rows[kTimesteps], context_of(rows[kPrompts]));
  }();
  const auto loss_over = [&](std::int64_t first, std::int64_t count) {
    const auto part = [&](const at::Tensor& tensor) { return tensor.narrow(0, first, count); };
    return options_.snr_gamma > 0
               ? weighted_mse(part(output), part(rows[kTarget]), part(rows[kWeights]))
               : at::mse_loss(part(output), part(rows[kTarget]));
  };
  const auto rest = output.size(0) - instances;
  const auto instance = loss_over(0, instances);
  const auto prior = rest > 0 ? loss_over(instances, rest) : at::zeros({}, output.options());
  return at::stack({instance + options_.prior_loss_weight * prior, instance, prior});
}

// Both passes and the update. [3 + parts + 1]: the losses, and what the update is judged by.
at::Tensor DreamBooth::queue_step(const std::vector<at::Tensor>& inputs) {
  at::Tensor losses;
  for (std::int64_t k = 0; k < parts_; ++k) {
    if (options_.before_part) options_.before_part();
    const at::AutoGradMode gradients_on(true);
    const TrainedAdapter::Pass pass(adapter_.get(), fit_.steps_done(), k);
    std::vector<at::Tensor> rows;
    for (int input = 0; input < kLearningRate; ++input) {
      rows.push_back(part_of(inputs[static_cast<std::size_t>(input)], instances_, k, parts_));
    }
    const auto part = losses_of(rows, instances_ / parts_) / static_cast<double>(parts_);
    fit_.backward(part[0]);
    losses = k == 0 ? part.detach() : losses + part.detach();
  }
  return at::cat({losses, fit_.queue_update(inputs[kLearningRate])});
}

// In smaller parts when the memory does not last: it fails in the passes, before the update.
at::Tensor DreamBooth::figures_of(const Batch& batch) {
  while (true) {
    fit_.drop_gradients();  // of a step that failed
    try {
      const auto inputs = inputs_of(batch);
      return (graph_ ? (*graph_)(inputs) : queue_step(inputs)).cpu();
    } catch (const std::exception& error) {
      if (!is_out_of_memory(error) || !parts_evenly(batch, 2 * parts_)) throw;
      parts_ *= 2;
      if (graph_) record_steps();
    }
  }
}

StepResult DreamBooth::step(const Batch& batch) {
  check(batch, text_encoder_ != nullptr, options_.gradient_accumulation_steps);
  if (graph_ && instances_ != 0 && instances_ != batch.instances) {
    throw Error("a recorded step is called with other instance rows than it was recorded with");
  }
  instances_ = batch.instances;
  if (!parts_evenly(batch, parts_)) parts_ = options_.gradient_accumulation_steps;
  const auto figures = figures_of(batch);
  const auto losses = figures.narrow(0, 0, kLosses);
  return {.loss = losses[0].item<double>(),
          .instance_loss = losses[1].item<double>(),
          .prior_loss = losses[2].item<double>(),
          .grad_norm = fit_.conclude_update(figures.narrow(0, kLosses, figures.size(0) - kLosses))};
}

Settings DreamBooth::settings() const {
  Settings settings = {
      {"max_grad_norm", exact(options_.max_grad_norm)},
      {"prior_loss_weight", exact(options_.prior_loss_weight)},
      {"lr_scheduler", options_.lr_schedule.name},
      {"lr_warmup_steps", std::to_string(options_.lr_schedule.warmup_steps)},
      {"max_train_steps", std::to_string(options_.lr_schedule.total_steps)},
      {"gradient_accumulation_steps", std::to_string(options_.gradient_accumulation_steps)},
      {"gradient_checkpointing", options_.gradient_checkpointing ? "true" : "false"},
      {"mixed_precision", options_.bf16 ? "bf16" : "no"},
      {"snr_gamma", exact(options_.snr_gamma)},
      {"ema_decay", exact(options_.ema_decay)},
      {"ema_inv_gamma", exact(options_.ema_inv_gamma)}};
  if (adapter_) settings.merge(adapter_->settings());
  return settings;
}

void DreamBooth::save_checkpoint(const std::filesystem::path& folder) const {
  fit_.save(folder, settings());
}

std::int64_t DreamBooth::load_checkpoint(const std::filesystem::path& folder) {
  resume_note_ = fit_.load(folder, settings());
  return fit_.steps_done();
}

}  // namespace diffusion
