#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace diffusion {

/// How the learning rate goes over the updates (diffusers `optimization.py`, get_scheduler):
/// constant; constant_with_warmup; linear and cosine, which come down to 0 at `total_steps`.
/// All but constant rise in a line over the first `warmup_steps`, from 0.
struct LrSchedule {
  std::string name = "constant";
  std::int64_t warmup_steps = 0;
  std::int64_t total_steps = 1;
};

/// The four names.
const std::vector<std::string>& lr_scheduler_names();

/// The share of the learning rate that update `step` (from 0) is made with. Throws Error for
/// another name.
double lr_share(const LrSchedule& schedule, std::int64_t step);

}  // namespace diffusion
