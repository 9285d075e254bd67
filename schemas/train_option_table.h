#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "schemas/presets.h"
#include "schemas/prompt_limits.h"
#include "schemas/strategies.h"
#include "schemas/train_options.h"

/// The rows of the training options: each gives the command its flag, registry and trainer their
/// check, and wire.md its line. Who computes with an option reads the field of TrainOptions.
namespace schemas {

/// Where the value of an option stands.
using TrainOptionField =
    std::variant<bool TrainOptions::*, double TrainOptions::*, std::int64_t TrainOptions::*,
                 std::string TrainOptions::*, std::optional<bool> TrainOptions::*,
                 std::optional<double> TrainOptions::*, std::optional<std::int64_t> TrainOptions::*,
                 std::optional<std::uint64_t> TrainOptions::*,
                 std::optional<std::string> TrainOptions::*>;

/// What is taken, both ends included; or, with `above`, more than `least`.
struct NumberRange {
  double least, most;
  bool above = false;
};

struct OneOf {
  std::span<const std::string_view> words;
  bool or_empty = false;
};

/// UTF-8 of so many bytes at most.
struct TextOf {
  std::size_t most_bytes;
};

/// `monostate`: whatever the type holds.
using Allowed = std::variant<std::monostate, NumberRange, OneOf, TextOf>;

/// What an option is when nobody gives it.
enum class Unset {
  has_default,  ///< that of TrainOptions
  advised,      ///< what the base model's souvenir.json advises, under the same name
  drawn,        ///< the registry draws it
};

struct TrainOption {
  std::string_view name;  ///< of the field, on the wire too; the flag is --NAME with '-' for '_'
  TrainOptionField field;
  Allowed allowed;
  std::string_view help;
  Unset unset = Unset::has_default;
};

/// All options. The numbers here are the limits.
inline constexpr std::array kTrainOptions = {
    TrainOption{"learning_rate", &TrainOptions::learning_rate, NumberRange{1e-8, 1e-2},
                "How far a step goes", Unset::advised},
    TrainOption{"max_train_steps", &TrainOptions::max_train_steps, NumberRange{1, kMaxTrainSteps},
                "How many steps", Unset::advised},
    TrainOption{"preset", &TrainOptions::preset, OneOf{kPresetNames, true},
                "What is learned, when the steps are left open: a style takes twice as many as the "
                "base model advises, a face three times"},
    TrainOption{"lr_scheduler", &TrainOptions::lr_scheduler, OneOf{kLrSchedulers},
                "How the learning rate goes on", Unset::advised},
    TrainOption{"lr_warmup_steps", &TrainOptions::lr_warmup_steps, NumberRange{0, kMaxTrainSteps},
                "Steps over which the learning rate rises from 0"},
    TrainOption{"train_text_encoder",
                &TrainOptions::train_text_encoder,
                {},
                "Train the text encoder too",
                Unset::advised},
    TrainOption{"train_batch_size", &TrainOptions::train_batch_size,
                NumberRange{1, kMaxTrainBatchSize},
                "N: a batch is N pictures of the thing and N of its category; without advice the "
                "sampler's own",
                Unset::advised},
    TrainOption{"gradient_accumulation_steps", &TrainOptions::gradient_accumulation_steps,
                NumberRange{1, 16}, "A step is that many batches, one after the other"},
    TrainOption{
        "num_class_images", &TrainOptions::num_class_images, NumberRange{0, 1000},
        "Pictures of the category to draw and keep; without advice 100, or the steps when they "
        "are fewer",
        Unset::advised},
    TrainOption{"prior_loss_weight", &TrainOptions::prior_loss_weight, NumberRange{0, 10},
                "Weight of the category pictures in the loss"},
    TrainOption{"strategy", &TrainOptions::strategy, OneOf{kStrategyNames, true},
                "How a metamodel keeps what it knows; empty: as the flow says"},
    TrainOption{"seed", &TrainOptions::seed, {}, "Of all that is random", Unset::drawn},
    TrainOption{"checkpointing_steps", &TrainOptions::checkpointing_steps, NumberRange{0, 100'000},
                "Steps from checkpoint to checkpoint; 0: none"},
    TrainOption{"validation_prompt", &TrainOptions::validation_prompt, TextOf{kMaxPromptBytes},
                "Draw samples of it while training; {identifier} and {category} stand for what the "
                "job gets"},
    TrainOption{"validation_steps", &TrainOptions::validation_steps, NumberRange{1, 100'000},
                "Steps from sample to sample"},
    TrainOption{"num_validation_images", &TrainOptions::num_validation_images, NumberRange{0, 16},
                "Pictures a sample"},
    TrainOption{"max_grad_norm", &TrainOptions::max_grad_norm, NumberRange{0, 100, true},
                "Gradients are clipped to it"},
    TrainOption{"adam_weight_decay", &TrainOptions::adam_weight_decay, NumberRange{0, 1},
                "Of AdamW"},
    TrainOption{"adam_beta2", &TrainOptions::adam_beta2, NumberRange{0, 0.99999},
                "Of AdamW: how slowly its mean of the squared gradients moves"},
    TrainOption{"snr_gamma", &TrainOptions::snr_gamma, NumberRange{0, 100},
                "Weigh timesteps by min-SNR with this gamma, 5 is usual; 0: all the same"},
    TrainOption{"use_ema", &TrainOptions::use_ema, {}, "Publish a moving average of the weights"},
    TrainOption{"ema_decay", &TrainOptions::ema_decay, NumberRange{0, 0.99999},
                "How slowly it moves, at most"},
    TrainOption{"gradient_checkpointing",
                &TrainOptions::gradient_checkpointing,
                {},
                "Less memory for about a third more time"},
    TrainOption{"mixed_precision", &TrainOptions::mixed_precision, OneOf{kPrecisions},
                "What the networks compute in"},
};

/// The row of that name; null when there is none.
const TrainOption* find_train_option(std::string_view name);

/// "0.5 to 2", "a, b or c", ..., and what stands when it is not given: for people.
std::string allowed_text(const TrainOption& option);
std::string unset_text(const TrainOption& option);

/// The options as a Markdown table: that of wire.md.
std::string train_options_table();

template <typename Packer>
void pack_options(Packer& packer, const TrainOptions& options) {
  for (const auto& option : kTrainOptions) {
    packer.pack(option.name);
    std::visit([&](const auto field) { packer.pack(options.*field); }, option.field);
  }
}

template <typename Packer>
void TrainOptions::msgpack_pack(Packer& packer) const {
  packer.pack_map(static_cast<std::uint32_t>(kTrainOptions.size()));
  pack_options(packer, *this);
}

}  // namespace schemas
