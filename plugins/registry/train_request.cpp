#include "registry/train_request.h"

#include <algorithm>
#include <random>

#include "diffusion/training/lr_schedule.h"
#include "executor/error.h"
#include "registry/prompt_words.h"
#include "registry/request_checks.h"
#include "registry/request_limits.h"
#include "registry/target_checks.h"
#include "schemas/nearest.h"
#include "schemas/presets.h"
#include "schemas/strategies.h"

namespace registry {
namespace {

void check_pictures(std::size_t pictures) {
  if (pictures >= kMinPictures && pictures <= kMaxPictures) return;
  throw executor::Error("bad_input", "the request has " + std::to_string(pictures) + " pictures",
                        "send " + std::to_string(kMinPictures) + " to " +
                            std::to_string(kMaxPictures) + "; " + std::to_string(kFewPictures) +
                            " to " + std::to_string(kManyPictures) + " work best");
}

void check_training(const schemas::Finetune& request) {
  if (request.learning_rate) {
    require_range("learning_rate", *request.learning_rate, kMinLearningRate, kMaxLearningRate);
  }
  if (request.max_train_steps) {
    require_range("max_train_steps", *request.max_train_steps, kMinTrainSteps, kMaxTrainSteps);
  }
  require_range("prior_loss_weight", request.prior_loss_weight, 0.0, kMaxPriorLossWeight);
  if (request.train_batch_size) {
    require_range("train_batch_size", *request.train_batch_size, std::int64_t{1},
                  kMaxTrainBatchSize);
  }
  if (request.num_class_images) {
    require_range("num_class_images", *request.num_class_images, std::int64_t{0}, kMaxClassImages);
    if (*request.num_class_images == 0 && request.prior_loss_weight > 0) {
      throw executor::Error("bad_input", "num_class_images is 0, but prior_loss_weight is not",
                            "give prior_loss_weight 0 to train without category pictures");
    }
  }
  if (!(request.max_grad_norm > 0)) {
    throw executor::Error("bad_input", "max_grad_norm is not above 0",
                          "give max_grad_norm above 0, at most 100");
  }
  require_range("max_grad_norm", request.max_grad_norm, 0.0, kMaxGradNorm);
  require_range("adam_weight_decay", request.adam_weight_decay, 0.0, kMaxWeightDecay);
  const auto& known = schemas::strategies();
  if (!request.strategy.empty() &&
      std::find(known.begin(), known.end(), request.strategy) == known.end()) {
    throw executor::Error("bad_input",
                          "there is no strategy " + quoted(request.strategy) +
                              schemas::did_you_mean(request.strategy.substr(0, 32), known),
                          "use " + schemas::list_of_strategies() + ", or leave it to the flow");
  }
}

void check_options(const schemas::Finetune& request) {
  require_range("gradient_accumulation_steps", request.gradient_accumulation_steps, std::int64_t{1},
                kMaxAccumulation);
  require_one_of("mixed_precision", request.mixed_precision, {"no", "bf16"});
  if (request.lr_scheduler) {
    require_one_of("lr_scheduler", *request.lr_scheduler, diffusion::lr_scheduler_names());
  }
  require_range("lr_warmup_steps", request.lr_warmup_steps, std::int64_t{0}, kMaxTrainSteps);
  if (request.snr_gamma) {
    if (!(*request.snr_gamma > 0)) {
      throw executor::Error("bad_input", "snr_gamma is not above 0", "5 is what its authors use");
    }
    require_range("snr_gamma", *request.snr_gamma, 0.0, kMaxSnrGamma);
  }
  require_range("ema_decay", request.ema_decay, 0.0, kMaxEmaDecay);
}

void check_samples(const schemas::Finetune& request) {
  require_range("checkpointing_steps", request.checkpointing_steps, std::int64_t{0},
                kMaxCheckpointingSteps);
  require_prompt("validation_prompt", request.validation_prompt);
  require_range("validation_steps", request.validation_steps, std::int64_t{1}, kMaxValidationSteps);
  require_range("num_validation_images", request.num_validation_images, std::int64_t{0},
                kMaxValidationImages);
}

std::int64_t class_images(const schemas::Finetune& request, std::int64_t steps,
                          const Defaults& defaults) {
  if (request.prior_loss_weight == 0) return 0;
  if (request.num_class_images) return *request.num_class_images;
  return defaults.num_class_images.value_or(std::min(kDefaultClassImages, steps));
}

std::int64_t steps_of(const schemas::Finetune& request, const Defaults& defaults) {
  const auto factor = schemas::kPresets.find(request.preset);
  if (factor == schemas::kPresets.end()) {
    throw executor::Error("bad_input", "there is no preset " + quoted(request.preset),
                          "use object, style or face");
  }
  return request.max_train_steps.value_or(
      std::min(kMaxTrainSteps, defaults.max_train_steps * factor->second));
}

schemas::TrainSettings settled(const schemas::Finetune& request, const Defaults& defaults) {
  check_training(request);
  check_options(request);
  check_samples(request);
  schemas::TrainSettings settings;
  settings.category = lower(request.category);  // as CLIP's tokenizer reads it
  settings.target_model = request.target_model;
  settings.base = kPretrained;
  settings.learning_rate = request.learning_rate.value_or(defaults.learning_rate);
  settings.max_train_steps = steps_of(request, defaults);
  settings.prior_loss_weight = request.prior_loss_weight;
  settings.train_batch_size =
      request.train_batch_size.value_or(defaults.train_batch_size.value_or(0));
  settings.train_text_encoder = request.train_text_encoder.value_or(defaults.train_text_encoder);
  settings.num_class_images = class_images(request, settings.max_train_steps, defaults);
  settings.seed = request.seed ? *request.seed : draw_seed();
  settings.checkpointing_steps = request.checkpointing_steps;
  settings.validation_prompt = request.validation_prompt;
  settings.validation_steps = request.validation_steps;
  settings.num_validation_images = request.num_validation_images;
  settings.num_inference_steps = defaults.num_inference_steps;
  settings.guidance_scale = defaults.guidance_scale;
  settings.max_grad_norm = request.max_grad_norm;
  settings.adam_weight_decay = request.adam_weight_decay;
  settings.strategy = request.strategy;
  settings.gradient_accumulation_steps = request.gradient_accumulation_steps;
  settings.gradient_checkpointing = request.gradient_checkpointing;
  settings.mixed_precision = request.mixed_precision;
  settings.lr_scheduler = request.lr_scheduler.value_or(defaults.lr_scheduler);
  settings.lr_warmup_steps = request.lr_warmup_steps;
  settings.snr_gamma = request.snr_gamma.value_or(0);
  settings.use_ema = request.use_ema;
  settings.ema_decay = request.ema_decay;
  return settings;
}

}  // namespace

schemas::TrainSettings settle(const schemas::Finetune& request, std::size_t pictures,
                              const Defaults& defaults) {
  require_trainable(request.target_model);
  require_category(request.category);
  check_pictures(pictures);
  return settled(request, defaults);
}

schemas::TrainSettings settle(const schemas::Retrain& request, std::size_t things,
                              const Defaults& defaults) {
  schemas::Finetune all;
  all.target_model = request.target_model;
  all.seed = request.seed;
  all.max_train_steps = request.max_train_steps.value_or(
      std::min(kMaxTrainSteps, defaults.max_train_steps * static_cast<std::int64_t>(things)));
  return settled(all, defaults);
}

void complete(schemas::TrainSettings& settings, const std::string& identifier,
              const std::string& version) {
  settings.identifier = identifier;
  settings.version = version;
  settings.instance_prompt = "a " + identifier + " " + settings.category;
  settings.category_prompt = "a " + settings.category;
  std::string prompt = replaced(settings.validation_prompt, "{identifier}", identifier);
  prompt = replaced(prompt, "{category}", settings.category);
  settings.validation_prompt = with_category(prompt, identifier, settings.category);
}

std::uint64_t draw_seed() {
  std::random_device random;
  return (std::uint64_t{random()} << 32) | random();
}

}  // namespace registry
