#pragma once

#include <string>

#include "diffusion/formats/scheduler_config.h"

namespace diffusion {

/// A schedule to draw with. Training needs a scheduler's noise levels and prediction type alone;
/// what else a file asks for must not hinder it.
struct DrawableSchedule {
  SchedulerConfig config;
  std::string note;  ///< what is drawn differently than the file says; "" = nothing
};

/// The configuration itself where this library can draw with it; else the nearest that it can:
/// DDIM for a class that it does not have, second-order DPM-Solver++ for other solvers of
/// DPMSolverMultistepScheduler, and no thresholding, which is not for latents.
DrawableSchedule drawable(SchedulerConfig config);

}  // namespace diffusion
