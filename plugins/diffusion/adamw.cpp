#include "diffusion/adamw.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/_fused_adamw.h>
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

void AdamW::step(const std::vector<at::Tensor>& gradients, const at::Tensor& grad_divisor,
                 double rate_share) {
  const at::NoGradGuard no_gradients;
  steps_.add_(1);
  ++steps_done_;
  const auto divisor =
      grad_divisor.defined() ? std::optional<at::Tensor>(grad_divisor) : std::nullopt;
  at::_fused_adamw_(parameters_, gradients, exp_avg_, exp_avg_sq_, /*max_exp_avg_sqs=*/{},
                    step_of_each_, options_.learning_rate * rate_share, options_.beta1,
                    options_.beta2, options_.weight_decay, options_.epsilon, /*amsgrad=*/false,
                    /*maximize=*/false, divisor);
}

void AdamW::set_steps_done(std::int64_t steps) {
  steps_.fill_(steps);
  steps_done_ = steps;
}

}  // namespace diffusion
