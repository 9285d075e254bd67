#include "diffusion/training/lr_schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "diffusion/formats/diffusion_error.h"

namespace diffusion {

const std::vector<std::string>& lr_scheduler_names() {
  static const std::vector<std::string> names = {"constant", "constant_with_warmup", "linear",
                                                 "cosine"};
  return names;
}

double lr_share(const LrSchedule& schedule, std::int64_t step) {
  const auto& names = lr_scheduler_names();
  if (std::find(names.begin(), names.end(), schedule.name) == names.end()) {
    throw Error("there is no lr_scheduler \"" + schedule.name + "\"");
  }
  if (schedule.name == "constant") return 1;
  if (step < schedule.warmup_steps) {
    return static_cast<double>(step) / static_cast<double>(schedule.warmup_steps);
  }
  if (schedule.name == "constant_with_warmup") return 1;
  const auto way = std::max<std::int64_t>(1, schedule.total_steps - schedule.warmup_steps);
  const double done =
      std::min(1.0, static_cast<double>(step - schedule.warmup_steps) / static_cast<double>(way));
  return schedule.name == "linear" ? 1 - done : 0.5 * (1 + std::cos(std::numbers::pi * done));
}

}  // namespace diffusion
