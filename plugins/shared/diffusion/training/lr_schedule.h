#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace diffusion {

/// How the learning rate changes over the updates (diffusers `optimization.py`, get_scheduler):
/// constant; constant_with_warmup; linear and cosine, which fall to 0 at `total_steps`. All but
/// constant rise linearly from 0 over the first `warmup_steps`.
struct LrSchedule {
  std::string name = "constant";
  std::int64_t warmup_steps = 0;
  std::int64_t total_steps = 1;
};

/// The four names.
const std::vector<std::string>& lr_scheduler_names();

/// The factor on the learning rate for update `step` (from 0). Throws Error for an unknown name.
double lr_share(const LrSchedule& schedule, std::int64_t step);

}  // namespace diffusion
