#include "trainer/train_settings.h"

#include <string>

#include "compute/refuse.h"
#include "trainer/train_limits.h"

namespace trainer {

using compute::refuse;

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
