#include "diffusion/schedulers/dpm_solver.h"

#include <ATen/TensorOperators.h>

#include <algorithm>
#include <cmath>

#include "diffusion/formats/diffusion_error.h"
#include "diffusion/schedulers/noise_levels.h"
#include "diffusion/schedulers/timestep_spacing.h"

namespace diffusion {
namespace {

constexpr std::size_t kFewSteps = 15;  // fewer than these end with a first-order step

// Signal and noise of the variance-preserving process at a noise level.
struct Mix {
  explicit Mix(double level)
      : alpha(1 / std::sqrt(level * level + 1)),
        sigma(level * alpha),
        lambda(std::log(alpha) - std::log(sigma)) {}
  double alpha, sigma, lambda;
};

// Timesteps whose lambda is below lambda_min_clipped are left out, at the noisy end.
int kept_timesteps(const SchedulerConfig& config, const std::vector<float>& sigmas) {
  if (!config.lambda_min_clipped) return config.num_train_timesteps;
  const double least = *config.lambda_min_clipped;
  return static_cast<int>(std::count_if(sigmas.begin(), sigmas.end(),
                                        [&](float sigma) { return -std::log(sigma) >= least; }));
}

void check(const SchedulerConfig& config) {
  config.refuse({"thresholding", "use_lu_lambdas", "use_exponential_sigmas", "use_beta_sigmas",
                 "use_flow_sigmas", "variance_type"});
  if (config.algorithm_type != "dpmsolver++" && config.algorithm_type != "deis") {
    throw Error("scheduler_config.json: \"algorithm_type\" is \"" + config.algorithm_type +
                "\"; supported is dpmsolver++");
  }
  if (config.solver_order > 2) {
    throw Error(
        "scheduler_config.json: \"solver_order\" is 3; supported are 1 and 2, which is "
        "the order for guided sampling");
  }
}

}  // namespace

DpmSolver::Walk DpmSolver::make_walk(const SchedulerConfig& config, int steps) {
  check(config);
  const auto training = training_sigmas(config);
  Walk walk;
  if (config.use_karras_sigmas) {
    walk.sigmas = karras_sigmas(training.front(), training.back(), steps);
    for (const double sigma : walk.sigmas) {
      const double timestep = timestep_of(sigma, training);
      // diffusers cuts what it has not rounded.
      walk.timesteps.push_back(config.beta_schedule == "squaredcos_cap_v2"
                                   ? std::trunc(timestep)
                                   : std::nearbyint(timestep));
    }
  } else {
    walk.timesteps = solver_timesteps(config, config.timestep_spacing.value_or("linspace"), steps,
                                      kept_timesteps(config, training));
    walk.sigmas = sigmas_at(walk.timesteps, training);
  }
  walk.sigmas.push_back(config.final_sigmas_type == "zero" ? 0.0 : training.front());
  for (double& sigma : walk.sigmas) sigma = static_cast<float>(sigma);
  return walk;
}

DpmSolver::DpmSolver(const SchedulerConfig& config, int steps)
    : DpmSolver(config, make_walk(config, steps)) {}

DpmSolver::DpmSolver(const SchedulerConfig& config, Walk walk)
    : Scheduler(std::move(walk.timesteps)), config_(config), sigmas_(std::move(walk.sigmas)) {}

bool DpmSolver::first_order(int index) const {
  const bool few = config_.lower_order_final && timesteps().size() < kFewSteps;
  const bool lowered = config_.euler_at_final || few || config_.final_sigmas_type == "zero";
  const bool last = static_cast<std::size_t>(index) + 1 == timesteps().size();
  return config_.solver_order == 1 || index == 0 || (last && lowered);
}

at::Tensor DpmSolver::original(const at::Tensor& output, int index,
                               const at::Tensor& sample) const {
  const Mix mix(sigmas_[index]);
  if (config_.prediction_type == "sample") return output;
  if (config_.prediction_type == "v_prediction") return mix.alpha * sample - mix.sigma * output;
  return (sample - mix.sigma * output) / mix.alpha;
}

at::Tensor DpmSolver::advance(const at::Tensor& output, int index, const at::Tensor& sample) {
  const Mix from(sigmas_[index]), to(sigmas_[index + 1]);
  const double h = to.lambda - from.lambda;
  const double decay = std::exp(-h) - 1;
  const auto current = original(output, index, sample);
  auto result = to.sigma / from.sigma * sample - to.alpha * decay * current;
  if (!first_order(index)) {
    const double ratio = (from.lambda - Mix(sigmas_[index - 1]).lambda) / h;
    const double weight = config_.solver_type == "midpoint" ? -0.5 * decay : decay / h + 1;
    result = result + to.alpha * weight / ratio * (current - previous_);
  }
  previous_ = current;
  return result;
}

}  // namespace diffusion
