#include "trainer/train_settings.h"

#include <string>

#include "executor/error.h"
#include "trainer/train_limits.h"

namespace trainer {
namespace {

[[noreturn]] void refuse(const std::string& cause, const std::string& hint = "") {
  throw executor::Error("bad_input", cause, hint);
}

}  // namespace

schemas::TrainSettings checked(schemas::TrainSettings settings) {
  if (const auto fault = schemas::fault_in(settings)) refuse(fault->cause, fault->hint);
  if (const auto open = schemas::open_option(settings); !open.empty()) {
    refuse(std::string(open) + " is left open", "the stages before the trainer settle it");
  }
  if (!(settings.ema_inv_gamma > 0)) refuse("ema_inv_gamma must be more than 0");
  const bool samples = !settings.validation_prompt.empty() && settings.num_validation_images > 0;
  if (samples && (settings.num_inference_steps < 1 || settings.num_inference_steps > kMaxSteps)) {
    refuse("num_inference_steps must be 1 to " + std::to_string(kMaxSteps) + ", not " +
           std::to_string(settings.num_inference_steps));
  }
  return settings;
}

}  // namespace trainer
