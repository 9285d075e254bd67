#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace diffusion {

struct AdamWOptions {
  double learning_rate, beta1, beta2, epsilon, weight_decay;
};

/// AdamW (Loshchilov and Hutter, arXiv 1711.05101) as `torch.optim.AdamW` computes it, all weights
/// in one fused pass. Keeps two moments per weight.
class AdamW {
 public:
  AdamW(std::vector<at::Tensor> parameters, AdamWOptions options);

  /// One update. The gradients (same order and shapes as the weights) are divided by
  /// `grad_divisor`, a float32 tensor of one element, on the way; without one they are taken as
  /// they are.
  /// `rate_share` scales the learning rate of this update (a schedule's factor).
  void step(const std::vector<at::Tensor>& gradients, const at::Tensor& grad_divisor = {},
            double rate_share = 1);

  /// Updates done so far.
  std::int64_t steps_done() const { return steps_done_; }
  void set_steps_done(std::int64_t steps);

  const AdamWOptions& options() const { return options_; }
  const std::vector<at::Tensor>& parameters() const { return parameters_; }
  /// Moving means of the gradients and of their squares; a write in place changes the state.
  const std::vector<at::Tensor>& exp_avg() const { return exp_avg_; }
  const std::vector<at::Tensor>& exp_avg_sq() const { return exp_avg_sq_; }

 private:
  AdamWOptions options_;
  std::vector<at::Tensor> parameters_, exp_avg_, exp_avg_sq_;
  at::Tensor steps_;                      // [weights] float32
  std::vector<at::Tensor> step_of_each_;  // its elements, as the kernel wants them
  std::int64_t steps_done_ = 0;           // the same, where no device need be asked
};

}  // namespace diffusion
