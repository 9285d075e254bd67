#include "diffusion/training/adamw.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <utility>

namespace diffusion {

AdamW::AdamW(std::vector<at::Tensor> parameters, AdamWOptions options)
    : options_(options), parameters_(std::move(parameters)) {
  const at::NoGradGuard no_gradients;
  for (const auto& parameter : parameters_) {
    exp_avg_.push_back(at::zeros_like(parameter));
    exp_avg_sq_.push_back(at::zeros_like(parameter));
  }
  const auto count = static_cast<std::int64_t>(parameters_.size());
  steps_ = at::zeros({count}, parameters_.front().options());
  step_of_each_ = steps_.unbind();
}

void AdamW::step(const std::vector<at::Tensor>& gradients, const at::Tensor& learning_rate,
                 const at::Tensor& grad_divisor, const at::Tensor& found_inf) {
  const at::NoGradGuard no_gradients;
  steps_.add_(1 - found_inf);
  at::_fused_adamw_(parameters_, gradients, exp_avg_, exp_avg_sq_, /*max_exp_avg_sqs=*/{},
                    step_of_each_, learning_rate, options_.beta1, options_.beta2,
                    options_.weight_decay, options_.epsilon, /*amsgrad=*/false,
                    /*maximize=*/false, grad_divisor, found_inf);
}

at::Tensor AdamW::learning_rate(double share) const {
  const auto device = parameters_.front().device();
  // The kernels of GPUs read float32, that of the CPU computes with what it gets.
  const auto type = device.is_cpu() ? at::kDouble : at::kFloat;
  return at::scalar_tensor(options_.learning_rate * share,
                           at::TensorOptions().device(device).dtype(type));
}

void AdamW::set_steps_done(std::int64_t steps) {
  steps_.fill_(steps);
}

}  // namespace diffusion
