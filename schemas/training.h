#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "schemas/capability.h"
#include "schemas/codec.h"
#include "schemas/retention_losses.h"
#include "schemas/tensor.h"
#include "schemas/train_option_table.h"

namespace schemas {

/// A thing that a metamodel has learned, and goes on being shown so that it is not forgotten.
struct Replay {
  std::string identifier;
  std::string category;
  std::string prompt;      ///< "a sks dog"
  std::string version;     ///< that learned it first; names its memory in the store
  std::string proof = {};  ///< of the Capability to read that memory
  MSGPACK_DEFINE_MAP(identifier, category, prompt, version, proof)
};

/// Everything that a fine-tuning job has settled on; travels with it from the registry on. Of the
/// options the sampler settles train_batch_size, the registry all others.
struct TrainSettings : TrainOptions {
  std::string identifier;
  std::string category;
  std::string target_model;
  std::string base;             ///< version that training starts from: "pretrained" or a version id
  std::string version;          ///< id under which the registry publishes the result
  std::string instance_prompt;  ///< "a sks dog"
  std::string category_prompt;  ///< "a dog"
  std::int64_t num_inference_steps = 0;  ///< for category and sample pictures
  double guidance_scale = 0;             ///< for category and sample pictures
  double ema_inv_gamma = 9;              ///< of the averages: diffusion/fit.h
  std::vector<Replay> replay;            ///< what the metamodel has learned before, oldest first
  /// Words that nothing is taught of, which a metamodel shall go on drawing as it does.
  std::vector<std::string> general;
  /// Of a metamodel that is retrained, the version whose place the result takes; else empty.
  std::string replaces;
  /// What the job may do with artefacts of the store, but for the memories of `replay`.
  std::vector<Capability> capabilities = {};
  MSGPACK_DEFINE_MAP(MSGPACK_NVP("options", options()), identifier, category, target_model, base,
                     version, instance_prompt, category_prompt, num_inference_steps, guidance_scale,
                     ema_inv_gamma, replay, general, replaces, capabilities)
};

/// All that the job may do with artefacts of the store.
std::vector<Capability> capabilities_of(const TrainSettings& settings);

/// Whether a metamodel is retrained on all its things (Retrain). Then nothing new is learned:
/// identifier, category and their prompts are empty, and the instance rows are those of `replay`.
inline bool is_retraining(const TrainSettings& settings) {
  return !settings.replaces.empty();
}

/// The prompts of a job, one a row of Encoded's context: instance, category and validation prompt,
/// "", then the prompt of each thing in `replay`, then those of its other categories, then those of
/// `general`.
std::vector<std::string> prompts_of(const TrainSettings& settings);

/// Rows of prompts_of(). The first of `replay` stands at kFirstReplayRow.
inline constexpr std::int64_t kInstanceRow = 0;
inline constexpr std::int64_t kCategoryRow = 1;
inline constexpr std::int64_t kValidationRow = 2;
inline constexpr std::int64_t kEmptyRow = 3;
inline constexpr std::int64_t kFirstReplayRow = 4;

/// The categories of `replay` but the job's own, in the order in which they were learned.
std::vector<std::string> other_categories(const TrainSettings& settings);

/// registry -> encoder: a booked identifier and its pictures, one blob each as uploaded.
struct Plan {
  static constexpr const char* kType = "plan.v1";
  TrainSettings settings;
  MSGPACK_DEFINE_MAP(settings)
};

/// encoder -> sampler: each picture and prompt encoded once.
/// Tensors: "mean", "logvar" f32 [pictures, 4, h, w] (VAE posterior, unscaled; no pictures when a
/// metamodel is retrained);
/// "context" f32 [prompts, length, dim], rows as in prompts_of();
/// with train_text_encoder also "ids" i64 [prompts, length], the same prompts as token ids.
struct Encoded {
  static constexpr const char* kType = "encoded.v1";
  TrainSettings settings;
  double scaling_factor = 0;  ///< of the VAE: latents = sample x scaling_factor
  std::vector<Tensor> tensors;
  MSGPACK_DEFINE_MAP(settings, scaling_factor, tensors)
};

/// sampler -> trainer, first of the stream: what is trained. Tensors "context" and "ids" as in
/// Encoded.
struct Training {
  static constexpr const char* kType = "training.v1";
  TrainSettings settings;  ///< train_batch_size and num_class_images are settled now
  std::vector<Tensor> tensors;
  MSGPACK_DEFINE_MAP(settings, tensors)
};

/// sampler -> trainer, once a step: N instance rows, then N prior rows; N is train_batch_size times
/// gradient_accumulation_steps.
/// Tensors: "latents", "noise" f32 [2N, 4, h, w] (latents scaled); "timesteps" i64 [2N];
/// "prompts" i64 [2N] = rows of Training's context.
struct TrainBatch {
  static constexpr const char* kType = "batch.v1";
  std::int64_t step = 0;       ///< 0..max_train_steps-1
  std::int64_t instances = 0;  ///< N
  std::vector<Tensor> tensors;
  MSGPACK_DEFINE_MAP(step, instances, tensors)
};

/// trainer -> storage: the new version lies in the store's staging area under its id.
struct Trained {
  static constexpr const char* kType = "trained.v1";
  TrainSettings settings;
  std::int64_t steps = 0;
  double loss = 0;  ///< this and the next two: means over the last tenth of the steps
  double instance_loss = 0;
  double prior_loss = 0;  ///< 0 when there were no prior rows
  double train_s = 0;
  std::vector<RetentionLosses>
      retention;  ///< of the things in settings.replay, as far as it is known
  MSGPACK_DEFINE_MAP(settings, steps, loss, instance_loss, prior_loss, train_s, retention)
};

}  // namespace schemas
