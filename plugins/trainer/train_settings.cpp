#include "trainer/train_settings.h"

#include <algorithm>
#include <string>

#include "diffusion/training/lr_schedule.h"
#include "executor/error.h"
#include "trainer/train_limits.h"

namespace trainer {
namespace {

[[noreturn]] void refuse(const std::string& cause) {
  throw executor::Error("bad_input", cause);
}

void check_options(const schemas::TrainSettings& settings) {
  const auto& schedules = diffusion::lr_scheduler_names();
  if (std::find(schedules.begin(), schedules.end(), settings.lr_scheduler) == schedules.end()) {
    refuse("there is no lr_scheduler \"" + settings.lr_scheduler + "\"");
  }
  if (settings.mixed_precision != "no" && settings.mixed_precision != kBf16) {
    refuse("mixed_precision must be no or bf16, not \"" + settings.mixed_precision + "\"");
  }
  if (settings.gradient_accumulation_steps < 1 || settings.lr_warmup_steps < 0) {
    refuse("gradient_accumulation_steps must be at least 1, lr_warmup_steps not negative");
  }
  if (!(settings.snr_gamma >= 0) || !(settings.ema_decay >= 0 && settings.ema_decay < 1)) {
    refuse("snr_gamma must not be negative, ema_decay at least 0 and under 1");
  }
  if (!(settings.ema_inv_gamma > 0)) refuse("ema_inv_gamma must be more than 0");
}

}  // namespace

schemas::TrainSettings checked(schemas::TrainSettings settings) {
  check_options(settings);
  if (settings.max_train_steps < 1 || settings.max_train_steps > kMaxTrainSteps) {
    refuse("max_train_steps must be 1 to " + std::to_string(kMaxTrainSteps) + ", not " +
           std::to_string(settings.max_train_steps));
  }
  if (!(settings.learning_rate > 0 && settings.learning_rate <= kMaxLearningRate)) {
    refuse("learning_rate must be over 0 and at most 1, not " +
           std::to_string(settings.learning_rate));
  }
  if (!(settings.prior_loss_weight >= 0) || !(settings.max_grad_norm > 0) ||
      !(settings.adam_weight_decay >= 0)) {
    refuse("prior_loss_weight and adam_weight_decay must not be negative, max_grad_norm over 0");
  }
  if (settings.num_validation_images < 0 || settings.num_validation_images > kMaxValidationImages) {
    refuse("num_validation_images must be 0 to " + std::to_string(kMaxValidationImages));
  }
  const bool samples = !settings.validation_prompt.empty() && settings.num_validation_images > 0;
  if (samples && (settings.num_inference_steps < 1 || settings.num_inference_steps > kMaxSteps)) {
    refuse("num_inference_steps must be 1 to " + std::to_string(kMaxSteps) + ", not " +
           std::to_string(settings.num_inference_steps));
  }
  return settings;
}

}  // namespace trainer
