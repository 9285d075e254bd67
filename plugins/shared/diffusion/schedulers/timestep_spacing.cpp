#include "diffusion/schedulers/timestep_spacing.h"

#include <cmath>

#include "diffusion/formats/diffusion_error.h"

namespace diffusion {
namespace {

// std::nearbyint rounds halves to even, as numpy does.
std::vector<double> trailing(int total, int last, int steps) {
  const double stride = static_cast<double>(total) / steps;
  std::vector<double> result;
  for (int i = 0; i < steps; ++i) result.push_back(std::nearbyint(last - i * stride) - 1);
  return result;
}

std::vector<double> leading(int stride, int offset, int highest, int steps) {
  std::vector<double> result;
  for (int i = 0; i < steps; ++i) result.push_back((highest - i) * stride + offset);
  return result;
}

std::vector<double> checked(std::vector<double> timesteps, const SchedulerConfig& config) {
  const bool inside = timesteps.front() < config.num_train_timesteps && timesteps.back() >= 0;
  if (inside) return timesteps;
  throw Error("num_inference_steps " + std::to_string(timesteps.size()) + " with steps_offset " +
              std::to_string(config.steps_offset) + " leads past the schedule's " +
              std::to_string(config.num_train_timesteps) + " timesteps; take fewer steps");
}

}  // namespace

std::vector<double> spaced_timesteps(const SchedulerConfig& config, const std::string& spacing,
                                     int steps, bool rounded) {
  const int total = config.num_train_timesteps;
  if (spacing == "leading") {
    return checked(leading(total / steps, config.steps_offset, steps - 1, steps), config);
  }
  if (spacing == "trailing") return trailing(total, total, steps);
  const double stride = steps > 1 ? (total - 1.0) / (steps - 1) : 0;
  std::vector<double> result;
  for (int i = 0; i < steps; ++i) {
    const double timestep = (steps - 1 - i) * stride;
    result.push_back(rounded ? std::nearbyint(timestep) : timestep);
  }
  return result;
}

std::vector<double> solver_timesteps(const SchedulerConfig& config, const std::string& spacing,
                                     int steps, int last) {
  if (spacing == "leading") {
    return checked(leading(last / (steps + 1), config.steps_offset, steps, steps), config);
  }
  if (spacing == "trailing") {
    return checked(trailing(config.num_train_timesteps, last, steps), config);
  }
  const double stride = (last - 1.0) / steps;
  std::vector<double> result;
  for (int i = 0; i < steps; ++i) result.push_back(std::nearbyint((steps - i) * stride));
  return result;
}

}  // namespace diffusion
