#include "diffusion/schedulers/scheduler.h"

#include "diffusion/formats/diffusion_error.h"
#include "diffusion/schedulers/ddim.h"
#include "diffusion/schedulers/dpm_solver.h"
#include "diffusion/schedulers/euler.h"
#include "diffusion/schedulers/pndm.h"

namespace diffusion {
namespace {

template <typename T>
std::unique_ptr<Scheduler> make(const SchedulerConfig& config, int steps) {
  return std::make_unique<T>(config, steps);
}

struct Choice {
  const char* class_name;
  std::unique_ptr<Scheduler> (*make)(const SchedulerConfig&, int steps);
};
constexpr Choice kChoices[] = {{"DDIMScheduler", make<Ddim>},
                               {"PNDMScheduler", make<Pndm>},
                               {"DPMSolverMultistepScheduler", make<DpmSolver>},
                               {"EulerDiscreteScheduler", make<Euler>}};

}  // namespace

at::Tensor Scheduler::scale_model_input(const at::Tensor& sample, int) const {
  return sample;
}

at::Tensor Scheduler::step(const at::Tensor& output, int index, const at::Tensor& sample) {
  if (index != next_ || static_cast<std::size_t>(index) >= timesteps_.size()) {
    throw Error("the scheduler has no step " + std::to_string(index) + " here: " +
                std::to_string(next_) + " of " + std::to_string(timesteps_.size()) + " are done");
  }
  ++next_;
  return advance(output, index, sample);
}

std::unique_ptr<Scheduler> make_scheduler(const SchedulerConfig& config, int steps) {
  if (steps < 1 || steps > config.num_train_timesteps) {
    throw Error("num_inference_steps is " + std::to_string(steps) + "; it must be from 1 to " +
                std::to_string(config.num_train_timesteps));
  }
  for (const auto& choice : kChoices) {
    if (config.class_name == choice.class_name) return choice.make(config, steps);
  }
  refuse_unknown_scheduler("the scheduler " + config.class_name + " is not supported");
}

}  // namespace diffusion
