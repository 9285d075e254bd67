#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "schemas/codec.h"

namespace schemas {

/// client -> corpus: how to train a model from scratch on captioned pictures (/train-vae,
/// /train-base, /train-judge).
struct TrainBase {
  static constexpr const char* kType = "train_base.v1";
  std::int64_t max_train_steps = 1000;
  std::int64_t train_batch_size = 32;
  /// New pictures per step. When they are fewer than train_batch_size, the rest come from the pool.
  std::int64_t pictures_per_step = 32;
  /// How many steps' worth of new pictures trainer_base keeps encoded, to draw batches from.
  std::int64_t pool_steps = 1;
  /// Continues from the trainer's checkpoint, which must be of this step; 0 starts from scratch.
  std::int64_t from_step = 0;
  std::int64_t crop_px = 0;  ///< side of a random part of each picture; 0 = the whole picture
  double vary = 0;           ///< how much pictures are moved, turned and blurred: 0 hardly, 1 much
  double learning_rate = 1e-3;
  std::int64_t lr_warmup_steps = 100;
  double adam_weight_decay = 1e-2;
  double max_grad_norm = 1;
  double ema_decay = 0.999;
  bool train_text_encoder = true;  ///< trainer_base: false = only the UNet
  double snr_gamma = 5;            ///< trainer_base: 0 = every row counts the same
  double kl_weight = 1e-6;         ///< trainer_vae
  double squared_weight = 1;       ///< trainer_vae: weight of mean (x - x')^2 beside mean |x - x'|
  bool decoder_only = false;  ///< trainer_vae: the encoder stays as it is; only the decoder learns
  double caption_dropout = 0.1;        ///< share of pictures with the caption ""
  std::string mixed_precision = "no";  ///< "no" or "bf16"
  std::uint64_t seed = 0;
  std::int64_t checkpointing_steps = 250;
  std::int64_t validation_steps = 0;
  std::vector<std::string> validation_prompts;
  std::int64_t num_inference_steps = 25;
  double guidance_scale = 4;
  MSGPACK_DEFINE_MAP(max_train_steps, train_batch_size, pictures_per_step, pool_steps, from_step,
                     crop_px, vary, learning_rate, lr_warmup_steps, adam_weight_decay,
                     max_grad_norm, ema_decay, train_text_encoder, snr_gamma, kl_weight,
                     squared_weight, decoder_only, caption_dropout, mixed_precision, seed,
                     checkpointing_steps, validation_steps, validation_prompts, num_inference_steps,
                     guidance_scale)
};

/// The words that a corpus can use for its pictures, each kind sorted, and the number of its
/// pictures.
struct LabelWords {
  std::vector<std::string> categories, styles, backgrounds;
  std::int64_t pictures = 0;
  MSGPACK_DEFINE_MAP(categories, styles, backgrounds, pictures)
};

/// corpus -> trainer, first of the stream.
struct BaseTraining {
  static constexpr const char* kType = "base_training.v1";
  TrainBase settings;
  LabelWords words;
  MSGPACK_DEFINE_MAP(settings, words)
};

/// What a picture shows, whether its caption says so or not, as indices into LabelWords; -1 where
/// there is no word for it.
struct PictureLabels {
  std::int64_t picture = -1;  ///< which picture of the corpus it was drawn from
  std::int64_t category = -1;
  std::int64_t style = -1;
  std::int64_t background = -1;
  MSGPACK_DEFINE_MAP(picture, category, style, background)
};

/// corpus -> trainer, once per step: new pictures, their captions and labels. One blob: RGB bytes
/// [pictures, side, side, 3], rows from the top. Steps before from_step only fill the pool.
struct Captioned {
  static constexpr const char* kType = "captioned.v1";
  std::int64_t step = 0;
  std::int64_t side_px = 0;
  std::vector<std::string> captions;
  std::vector<PictureLabels> labels;
  MSGPACK_DEFINE_MAP(step, side_px, captions, labels)
};

/// trainer -> client: the model folder that the flow file names is complete.
struct BaseTrained {
  static constexpr const char* kType = "base_trained.v1";
  std::int64_t steps = 0;
  double loss = 0;  ///< mean over the last tenth of the steps
  double train_s = 0;
  MSGPACK_DEFINE_MAP(steps, loss, train_s)
};

}  // namespace schemas
