#include "diffusion/formats/drawable_schedule.h"

#include <utility>

namespace diffusion {
namespace {

constexpr const char* kOfDdim[] = {"thresholding"};
constexpr const char* kOfSolver[] = {"thresholding",    "use_lu_lambdas",  "use_exponential_sigmas",
                                     "use_beta_sigmas", "use_flow_sigmas", "variance_type"};

class Changes {
 public:
  void add(const std::string& what) { text_ += (text_.empty() ? "" : ", ") + what; }

  // Drops what the scheduler would refuse.
  template <typename Keys>
  void drop(SchedulerConfig& config, const Keys& keys) {
    for (const char* key : keys) {
      const auto found = config.unsupported.find(key);
      if (found == config.unsupported.end()) continue;
      add("without \"" + found->first + "\": " + found->second);
      config.unsupported.erase(found);
    }
  }

  std::string note() const {
    return text_.empty() ? ""
                         : "scheduler_config.json: pictures are drawn " + text_ +
                               "; --scheduler chooses another";
  }

 private:
  std::string text_;
};

}  // namespace

DrawableSchedule drawable(SchedulerConfig config) {
  Changes changes;
  if (!has_scheduler(config.class_name)) {
    changes.add("with DDIM, for " + config.class_name + " is not one of the schedulers here");
    config = with_scheduler(std::move(config), "ddim");
  }
  if (config.class_name == "DDIMScheduler") changes.drop(config, kOfDdim);
  if (config.class_name == "DPMSolverMultistepScheduler") {
    changes.drop(config, kOfSolver);
    if (config.algorithm_type != "dpmsolver++" && config.algorithm_type != "deis") {
      changes.add("with \"algorithm_type\": \"dpmsolver++\", not \"" + config.algorithm_type +
                  "\"");
      config.algorithm_type = "dpmsolver++";
    }
    if (config.solver_order > 2) {
      changes.add("with \"solver_order\": 2, not " + std::to_string(config.solver_order));
      config.solver_order = 2;
    }
  }
  auto note = changes.note();
  return {std::move(config), std::move(note)};
}

}  // namespace diffusion
