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

  /// One update, queued on the weights' device, which is asked for no value: what differs from
  /// update to update comes as tensors of one element, so that a device can record it. The
  /// gradients (same order and shapes as the weights) are divided by `grad_divisor` [] float32 on
  /// the way. `learning_rate` is of learning_rate(). Where `found_inf` [] float32 is 1, nothing
  /// changes.
  void step(const std::vector<at::Tensor>& gradients, const at::Tensor& learning_rate,
            const at::Tensor& grad_divisor, const at::Tensor& found_inf);
  /// The options' learning rate, scaled by a schedule's factor: [], where the weights are.
  at::Tensor learning_rate(double share = 1) const;

  /// The updates done so far, as bias correction counts them; step() counts on the device.
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
};

}  // namespace diffusion
