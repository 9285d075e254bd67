#pragma once

#include <string>
#include <vector>

#include "diffusion/formats/scheduler_config.h"

namespace diffusion {

/// The timesteps of a walk of `steps` steps, descending; table 2 of Lin et al. (arXiv 2305.08891)
/// as diffusers computes it in DDIM, PNDM and Euler: leading `i * (T / steps) + steps_offset`,
/// trailing `T - i * T / steps - 1`, linspace from 0 to T - 1. Only Euler does not round linspace.
/// Throws Error when steps_offset goes beyond the schedule's last timestep.
std::vector<double> spaced_timesteps(const SchedulerConfig& config, const std::string& spacing,
                                     int steps, bool rounded = true);

/// The same for DPM-Solver++, over the first `last` timesteps: it spaces one step more and drops
/// the last one.
std::vector<double> solver_timesteps(const SchedulerConfig& config, const std::string& spacing,
                                     int steps, int last);

}  // namespace diffusion
