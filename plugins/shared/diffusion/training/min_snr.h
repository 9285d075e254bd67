#pragma once

#include <ATen/core/Tensor.h>

#include "diffusion/schedulers/noise_schedule.h"

namespace diffusion {

/// What min-SNR (Hang et al., arXiv 2303.09556) weighs the squared error of each row by, [batch]
/// float32: min(SNR, gamma), over SNR for epsilon, over SNR + 1 for v_prediction, as it is for
/// sample. The limit where the SNR is 0; all 1 for a gamma of 0.
at::Tensor min_snr_weights(const NoiseSchedule& schedule, const at::Tensor& timesteps,
                           double snr_gamma);

/// The mean over rows of `weights` [batch] times the row's mean squared error.
at::Tensor weighted_mse(const at::Tensor& output, const at::Tensor& target,
                        const at::Tensor& weights);

}  // namespace diffusion
