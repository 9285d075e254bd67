#pragma once

#include <vector>

#include "diffusion/formats/scheduler_config.h"

namespace diffusion {

/// The noise level sigma = sqrt((1 - a_t) / a_t) of every timestep of the training, ascending: the
/// noise schedule as Euler and DPM-Solver++ use it. With rescale_betas_zero_snr the last a_t is
/// 2^-24, so that its sigma is finite.
std::vector<float> training_sigmas(const SchedulerConfig& config);

/// The sigma of each timestep, interpolated linearly between integer timesteps.
std::vector<double> sigmas_at(const std::vector<double>& timesteps,
                              const std::vector<float>& training_sigmas);

/// Karras et al. (arXiv 2206.00364), formula (5) with rho = 7: `steps` sigmas from `most` to
/// `least`.
std::vector<double> karras_sigmas(double least, double most, int steps);

/// The timestep at which the training had that noise level (`_sigma_to_t` of diffusers):
/// interpolates linearly between the logarithms.
double timestep_of(double sigma, const std::vector<float>& training_sigmas);

}  // namespace diffusion
