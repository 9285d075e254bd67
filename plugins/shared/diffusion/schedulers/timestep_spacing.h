#pragma once

#include <string>
#include <vector>

#include "diffusion/formats/scheduler_config.h"

namespace diffusion {

/// The timesteps of a walk of `steps` steps, falling; table 2 of Lin et al. (arXiv 2305.08891) as
/// diffusers computes it in DDIM, PNDM and Euler: leading `i * (T / steps) + steps_offset`,
/// trailing `T - i * T / steps - 1`, linspace from 0 to T - 1, which only Euler does not round.
/// Throws Error when steps_offset leads past the schedule's last timestep.
std::vector<double> spaced_timesteps(const SchedulerConfig& config, const std::string& spacing,
                                     int steps, bool rounded = true);

/// The same for DPM-Solver++, which spaces one step more and leaves out the last, over the first
/// `last` timesteps.
std::vector<double> solver_timesteps(const SchedulerConfig& config, const std::string& spacing,
                                     int steps, int last);

}  // namespace diffusion
