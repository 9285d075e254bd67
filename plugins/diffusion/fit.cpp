#include "diffusion/fit.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/_foreach_lerp.h>
#include <ATen/ops/_foreach_norm.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "diffusion/checkpoint.h"
#include "diffusion/error.h"

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

}  // namespace

double cosine_share(std::int64_t step, std::int64_t warmup_steps, std::int64_t total_steps) {
  if (step < warmup_steps) return static_cast<double>(step + 1) / static_cast<double>(warmup_steps);
  const auto left = std::max<std::int64_t>(1, total_steps - warmup_steps);
  const double way = static_cast<double>(step - warmup_steps) / static_cast<double>(left);
  return 0.5 * (1.0 + std::cos(std::numbers::pi * std::min(1.0, way)));
}

Fit::Fit(NamedTensors weights, FitOptions options)
    : weights_(std::move(weights)),
      averages_(options.ema_decay > 0 ? copies_of(weights_) : NamedTensors{}),
      options_(options),
      optimizer_(tensors_of(weights_),
                 {options.learning_rate, 0.9, 0.999, 1e-8, options.weight_decay}) {}

std::vector<at::Tensor> Fit::gradients_of(const at::Tensor& loss) {
  // What a step that failed has left behind must not leak into this one.
  for (const auto& [name, weight] : weights_) weight.mutable_grad().reset();
  loss.backward();
  std::vector<at::Tensor> gradients;
  for (const auto& [name, weight] : weights_) {
    auto gradient = std::exchange(weight.mutable_grad(), {});
    gradients.push_back(gradient.defined() ? gradient : at::zeros_like(weight.detach()));
  }
  return gradients;
}

double Fit::step(const at::Tensor& loss) {
  if (!std::isfinite(loss.item<double>())) {
    throw Error("the loss is not finite: the learning rate is too high, or a picture is damaged");
  }
  const auto gradients = gradients_of(loss);
  const at::NoGradGuard no_gradients;
  const auto norm = at::linalg_vector_norm(at::stack(at::_foreach_norm(gradients)));
  const auto grad_norm = norm.item<double>();
  if (!std::isfinite(grad_norm)) {
    throw Error("a gradient is not finite: the learning rate is too high");
  }
  const auto share = cosine_share(steps_done(), options_.warmup_steps, options_.total_steps);
  optimizer_.step(gradients, ((norm + kClipEpsilon) / options_.max_grad_norm).clamp_min(1.0),
                  share);
  average();
  return grad_norm;
}

void Fit::average() {
  if (averages_.empty()) return;
  const auto steps = static_cast<double>(steps_done());
  const double decay = std::min(options_.ema_decay, (1.0 + steps) / (10.0 + steps));
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

void Fit::save(const std::filesystem::path& folder) const {
  write_checkpoint(folder, steps_done(), weights_, optimizer_, averages_);
}

void Fit::load(const std::filesystem::path& folder) {
  read_checkpoint(folder, weights_, optimizer_, averages_);
}

Fit::Averaged::Averaged(Fit& fit) : fit_(fit) {
  fit_.swap_averages();
}
Fit::Averaged::~Averaged() {
  fit_.swap_averages();
}

}  // namespace diffusion
