#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace diffusion {

struct AdamWOptions {
  double learning_rate, beta1, beta2, epsilon, weight_decay;
};

/// AdamW (Loshchilov and Hutter, arXiv 1711.05101) as `torch.optim.AdamW` computes it, with all
/// weights in one fused pass. Keeps two moments per weight. By hand: `torch::optim::AdamW` counts
/// steps on the host.
class AdamW {
 public:
  AdamW(std::vector<at::Tensor> parameters, AdamWOptions options);

  /// Queues one update on the weights' device without asking the device for a value. Whatever
  /// differs between updates comes as tensors of one element, so that a device can record the
  /// update. Divides the gradients (same order and shapes as the weights) by `grad_divisor` []
  /// float32. `learning_rate` comes from learning_rate(). When `found_inf` [] float32 is 1, nothing
  /// changes.
  void step(const std::vector<at::Tensor>& gradients, const at::Tensor& learning_rate,
            const at::Tensor& grad_divisor, const at::Tensor& found_inf);
  /// The options' learning rate, scaled by a schedule's factor: [], on the weights' device.
  at::Tensor learning_rate(double share = 1) const;

  /// Sets the number of updates done, for bias correction. step() continues the count on the
  /// device.
  void set_steps_done(std::int64_t steps);

  const AdamWOptions& options() const { return options_; }
  const std::vector<at::Tensor>& parameters() const { return parameters_; }
  /// The moving means of the gradients and of their squares. A write in place changes the state.
  const std::vector<at::Tensor>& exp_avg() const { return exp_avg_; }
  const std::vector<at::Tensor>& exp_avg_sq() const { return exp_avg_sq_; }

 private:
  AdamWOptions options_;
  std::vector<at::Tensor> parameters_, exp_avg_, exp_avg_sq_;
  at::Tensor steps_;                      // [weights] float32
  std::vector<at::Tensor> step_of_each_;  // its elements, as the kernel expects them
};

}  // namespace diffusion
