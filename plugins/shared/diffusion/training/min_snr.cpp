#include "diffusion/training/min_snr.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/ones_like.h>

namespace diffusion {

at::Tensor min_snr_weights(const NoiseSchedule& schedule, const at::Tensor& timesteps,
                           double snr_gamma) {
  const auto alphas = schedule.alphas_cumprod.index_select(0, timesteps.cpu());
  if (snr_gamma <= 0) return at::ones_like(alphas);
  const auto snr = alphas / (1 - alphas);
  if (schedule.prediction_type() == "epsilon") return (snr_gamma / snr).clamp_max(1);
  const auto least = snr.clamp_max(snr_gamma);
  return schedule.prediction_type() == "v_prediction" ? least / (snr + 1) : least;
}

at::Tensor weighted_mse(const at::Tensor& output, const at::Tensor& target,
                        const at::Tensor& weights) {
  const auto error = output - target;
  return ((error * error).mean({1, 2, 3}) * weights.to(error.device())).mean();
}

}  // namespace diffusion
