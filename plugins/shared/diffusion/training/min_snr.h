#pragma once

#include <ATen/core/Tensor.h>

#include "diffusion/schedulers/noise_schedule.h"

namespace diffusion {

/// The weight of each row's squared error by min-SNR (Hang et al., arXiv 2303.09556), [batch]
/// float32: min(SNR, gamma) / SNR for epsilon, min(SNR, gamma) / (SNR + 1) for v_prediction,
/// min(SNR, gamma) for sample. Uses the limit where the SNR is 0. All 1 when gamma is 0.
at::Tensor min_snr_weights(const NoiseSchedule& schedule, const at::Tensor& timesteps,
                           double snr_gamma);

/// The mean over rows of `weights` [batch] times the row's mean squared error.
at::Tensor weighted_mse(const at::Tensor& output, const at::Tensor& target,
                        const at::Tensor& weights);

}  // namespace diffusion
