#include "diffusion/scheduler.h"

#include <algorithm>

#include "diffusion/ddim.h"
#include "diffusion/dpm_solver.h"
#include "diffusion/error.h"
#include "diffusion/euler.h"
#include "diffusion/pndm.h"

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

std::string listed(const std::vector<std::string>& names) {
  std::string list;
  for (const auto& name : names) list += (list.empty() ? "" : ", ") + name;
  return list;
}

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
  throw Error("the scheduler " + config.class_name + " is not supported; choose one of " +
              listed(scheduler_names()));
}

bool has_scheduler(const std::string& class_name) {
  return std::any_of(std::begin(kChoices), std::end(kChoices),
                     [&](const Choice& choice) { return class_name == choice.class_name; });
}

const std::vector<std::string>& scheduler_names() {
  static const std::vector<std::string> names = {"ddim",        "ddim-trailing",      "pndm",
                                                 "dpmsolver++", "dpmsolver++-karras", "euler"};
  return names;
}

SchedulerConfig with_scheduler(SchedulerConfig config, const std::string& name) {
  if (name == "ddim" || name == "ddim-trailing") {
    config.class_name = "DDIMScheduler";
    if (name == "ddim-trailing") config.timestep_spacing = "trailing";
  } else if (name == "pndm") {
    config.class_name = "PNDMScheduler";
  } else if (name == "dpmsolver++" || name == "dpmsolver++-karras") {
    config.class_name = "DPMSolverMultistepScheduler";
    config.use_karras_sigmas = name == "dpmsolver++-karras";
  } else if (name == "euler") {
    config.class_name = "EulerDiscreteScheduler";
  } else {
    throw Error("there is no scheduler \"" + name + "\"; choose one of " +
                listed(scheduler_names()));
  }
  return config;
}

std::string scheduler_name(const SchedulerConfig& config) {
  if (config.class_name == "DDIMScheduler") {
    return config.timestep_spacing == "trailing" ? "ddim-trailing" : "ddim";
  }
  if (config.class_name == "PNDMScheduler") return "pndm";
  if (config.class_name == "DPMSolverMultistepScheduler") {
    return config.use_karras_sigmas ? "dpmsolver++-karras" : "dpmsolver++";
  }
  return config.class_name == "EulerDiscreteScheduler" ? "euler" : config.class_name;
}

}  // namespace diffusion
