#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "schemas/codec.h"
#include "schemas/retention_losses.h"

namespace schemas {

/// A request to learn a thing: one blob per picture (JPEG, PNG or WebP as uploaded). Answered by
/// Finetuned. Absent options take the defaults of the base model's souvenir.json.
struct Finetune {
  static constexpr const char* kType = "finetune.v1";
  std::string category;                   ///< a common noun: "dog"
  std::string target_model = "private";   ///< private | private_meta | meta
  std::optional<std::string> identifier;  ///< asked for by name; else the registry chooses
  std::optional<double> learning_rate;
  std::optional<std::int64_t> max_train_steps;
  double prior_loss_weight = 1.0;
  std::optional<bool> train_text_encoder;        ///< train it together with the UNet
  std::optional<std::int64_t> train_batch_size;  ///< N; a batch is N instance + N prior images
  std::optional<std::int64_t> num_class_images;
  std::optional<std::uint64_t> seed;      ///< else drawn by the registry and reported
  std::int64_t checkpointing_steps = 50;  ///< 0 = never
  std::string validation_prompt;          ///< empty = no sample pictures while training
  std::int64_t validation_steps = 50;
  std::int64_t num_validation_images = 4;
  double max_grad_norm = 1.0;
  double adam_weight_decay = 1e-2;
  /// How a metamodel keeps what it knows, a name of strategies.h; empty = as the flow says.
  std::string strategy;
  /// What kind of thing it is, when max_train_steps is left open: object (the base model's advice)
  /// | style (twice the steps) | face (three times); empty = object.
  std::string preset;
  std::int64_t gradient_accumulation_steps = 1;  ///< a step is that many batches
  bool gradient_checkpointing = false;           ///< less memory, more time
  std::string mixed_precision = "no";            ///< no | bf16
  /// constant | constant_with_warmup | linear | cosine
  std::optional<std::string> lr_scheduler;
  std::int64_t lr_warmup_steps = 0;
  std::optional<double> snr_gamma;  ///< of min-SNR; else every timestep weighs the same
  bool use_ema = false;             ///< publish an exponential moving average of the weights
  double ema_decay = 0.9999;        ///< of it, at most
  MSGPACK_DEFINE_MAP(category, target_model, identifier, learning_rate, max_train_steps,
                     prior_loss_weight, train_text_encoder, train_batch_size, num_class_images,
                     seed, checkpointing_steps, validation_prompt, validation_steps,
                     num_validation_images, max_grad_norm, adam_weight_decay,
                     gradient_accumulation_steps, gradient_checkpointing, mixed_precision,
                     lr_scheduler, lr_warmup_steps, snr_gamma, use_ema, ema_decay, strategy, preset)
};

/// The answer to Finetune.
struct Finetuned {
  static constexpr const char* kType = "finetuned.v1";
  std::string identifier;
  std::string category;
  std::string target_model;
  std::string version;  ///< id of the published version
  std::string model;    ///< the version's diffusers folder on the server's disk
  std::int64_t steps = 0;
  double loss = 0;  ///< this and the next two: means over the last tenth of the steps
  double instance_loss = 0;
  double prior_loss = 0;  ///< 0 when there were no category pictures
  std::uint64_t seed = 0;
  double train_s = 0;
  std::vector<RetentionLosses>
      retention;  ///< of a metamodel: the things that it learned earlier, oldest first
  MSGPACK_DEFINE_MAP(identifier, category, target_model, version, model, steps, loss, instance_loss,
                     prior_loss, seed, train_s, retention)
};

}  // namespace schemas
