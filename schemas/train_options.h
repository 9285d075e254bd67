#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "schemas/codec.h"

/// How a thing is learned: what a request may ask for. An option is a field here and a row of
/// train_option_table.h, which has its range and its meaning.
namespace schemas {

inline constexpr std::int64_t kMaxTrainSteps = 1500;
inline constexpr std::int64_t kMaxTrainBatchSize = 16;
inline constexpr std::array<std::string_view, 4> kLrSchedulers = {
    "constant", "constant_with_warmup", "linear", "cosine"};
inline constexpr std::string_view kBf16 = "bf16";
inline constexpr std::array<std::string_view, 2> kPrecisions = {"no", kBf16};

/// Part of Finetune, as asked, and of TrainSettings, as settled. Names and meaning are those of
/// diffusers' `train_dreambooth.py` where it has the option. An optional field that a request
/// leaves open is settled on the way: by the base model's advice, the registry or the sampler.
/// Whoever computes with it refuses it while it is open (open_option()).
struct TrainOptions {
  std::optional<double> learning_rate;
  std::optional<std::int64_t> max_train_steps;
  std::string preset;  ///< a name of presets.h
  std::optional<std::string> lr_scheduler;
  std::int64_t lr_warmup_steps = 0;
  std::optional<bool> train_text_encoder;
  std::optional<std::int64_t> train_batch_size;
  std::int64_t gradient_accumulation_steps = 1;
  std::optional<std::int64_t> num_class_images;
  double prior_loss_weight = 1;
  std::string strategy;  ///< a name of strategies.h
  std::optional<std::uint64_t> seed;
  std::int64_t checkpointing_steps = 50;
  std::string validation_prompt;
  std::int64_t validation_steps = 50;
  std::int64_t num_validation_images = 4;
  double max_grad_norm = 1;
  double adam_weight_decay = 1e-2;
  double adam_beta2 = 0.999;
  double snr_gamma = 0;
  bool use_ema = false;
  double ema_decay = 0.9999;
  bool gradient_checkpointing = false;
  std::string mixed_precision = "no";

  /// A map from name to value.
  template <typename Packer>
  void msgpack_pack(Packer& packer) const;
  /// Reads the options that are there, and passes over other fields. Throws msgpack::type_error.
  void msgpack_unpack(const msgpack::object& map);

  TrainOptions& options() { return *this; }
  const TrainOptions& options() const { return *this; }
};

/// Why an option is refused, and what to do.
struct OptionFault {
  std::string cause, hint;
};

/// The first option that is not what its row allows; options left open are not looked at.
std::optional<OptionFault> fault_in(const TrainOptions& options);

/// The name of the first option that is left open; empty when all are settled.
std::string_view open_option(const TrainOptions& options);

/// Gives the options that are left open, and advised, the values of `advice`.
void take_advice(TrainOptions& options, const TrainOptions& advice);

}  // namespace schemas
