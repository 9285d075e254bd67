#include "diffusion/training/fit.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/_foreach_lerp.h>
#include <ATen/ops/_foreach_norm.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <string>
#include <utility>

#include "diffusion/formats/diffusion_error.h"

namespace diffusion {
namespace {

constexpr double kClipEpsilon = 1e-6;  // torch.nn.utils.clip_grad_norm_

std::vector<at::Tensor> tensors_of(const NamedTensors& named) {
  std::vector<at::Tensor> tensors;
  for (const auto& [name, tensor] : named) tensors.push_back(tensor.detach());
  return tensors;
}

NamedTensors copies_of(const NamedTensors& weights) {
  NamedTensors copies;
  for (const auto& [name, weight] : weights)
    copies.emplace_back("average." + name, weight.clone().detach());
  return copies;
}

std::vector<at::Tensor> take_gradients(const NamedTensors& weights) {
  std::vector<at::Tensor> gradients;
  for (const auto& [name, weight] : weights) {
    auto gradient = std::exchange(weight.mutable_grad(), {});
    gradients.push_back(gradient.defined() ? gradient : at::zeros_like(weight.detach()));
  }
  return gradients;
}

}  // namespace

double averaging_decay(std::int64_t update, double most, double inv_gamma) {
  if (update <= 1) return 0;
  const auto updates = static_cast<double>(update);
  return std::min(most, updates / (updates + inv_gamma));
}

Fit::Fit(NamedTensors weights, FitOptions options)
    : weights_(std::move(weights)),
      averages_(options.ema_decay > 0 ? copies_of(weights_) : NamedTensors{}),
      options_(std::move(options)),
      optimizer_(tensors_of(weights_), {options_.learning_rate, options_.beta1, options_.beta2,
                                        options_.epsilon, options_.weight_decay}) {}

Fit::~Fit() {
  drop_gradients();
}

void Fit::drop_gradients() {
  for (const auto& [name, weight] : weights_) weight.mutable_grad().reset();
  losses_.clear();
}

void Fit::backward(const at::Tensor& loss) {
  losses_.push_back(loss.detach());
  loss.backward();
}

double Fit::update() {
  return conclude_update(queue_update(learning_rate()));
}

at::Tensor Fit::learning_rate() const {
  return optimizer_.learning_rate(lr_share(options_.lr_schedule, steps_done_));
}

at::Tensor Fit::queue_update(const at::Tensor& learning_rate) {
  const auto gradients = take_gradients(weights_);
  const at::NoGradGuard no_gradients;
  const auto norm = at::linalg_vector_norm(at::stack(at::_foreach_norm(gradients)));
  auto seen = std::exchange(losses_, {});
  seen.push_back(norm);
  auto figures = at::stack(seen);
  const auto found_inf = figures.isfinite().all().logical_not().to(at::kFloat);
  // Dividing by 1 / min(1, max / (norm + eps)), in the pass that updates the weights.
  const auto divisor = ((norm + kClipEpsilon) / options_.max_grad_norm).clamp_min(1.0);
  optimizer_.step(gradients, learning_rate, divisor, found_inf);
  return figures;
}

double Fit::conclude_update(const at::Tensor& figures) {
  const auto values = figures.cpu();
  const auto losses = values.size(0) - 1;
  if (!values.isfinite().all().item<bool>()) {
    const bool of_gradients = values.narrow(0, 0, losses).isfinite().all().item<bool>();
    throw Error(std::string(of_gradients ? "a gradient" : "the loss") +
                " is not finite: the learning rate is too high, or a picture or weight is damaged; "
                "the weights are as they were before this step");
  }
  ++steps_done_;
  average();
  return values[losses].item<double>();
}

double Fit::step(const at::Tensor& loss) {
  drop_gradients();
  backward(loss);
  return update();
}

void Fit::average() {
  if (averages_.empty()) return;
  const at::NoGradGuard no_gradients;
  const double decay = averaging_decay(steps_done_, options_.ema_decay, options_.ema_inv_gamma);
  at::_foreach_lerp_(tensors_of(averages_), tensors_of(weights_), 1.0 - decay);
}

void Fit::swap_averages() {
  const at::NoGradGuard no_gradients;
  for (std::size_t i = 0; i < averages_.size(); ++i) {
    const auto kept = weights_[i].second.detach().clone();
    weights_[i].second.detach().copy_(averages_[i].second);
    averages_[i].second.copy_(kept);
  }
}

void Fit::save(const std::filesystem::path& folder, const Settings& settings) const {
  write_checkpoint(folder, {weights_, optimizer_, averages_, settings}, steps_done_);
}

std::string Fit::load(const std::filesystem::path& folder, const Settings& settings) {
  const auto resumed = read_checkpoint(folder, {weights_, optimizer_, averages_, settings});
  steps_done_ = resumed.updates;
  optimizer_.set_steps_done(steps_done_);
  return resumed.note;
}

Fit::Averaged::Averaged(Fit& fit) : fit_(fit) {
  fit_.swap_averages();
}
Fit::Averaged::~Averaged() {
  fit_.swap_averages();
}

}  // namespace diffusion
