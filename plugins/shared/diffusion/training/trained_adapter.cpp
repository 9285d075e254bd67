#include "diffusion/training/trained_adapter.h"

#include <string>

namespace diffusion {
namespace {

constexpr int kPartBits = 16;  // of a pass; a batch has fewer rows

}  // namespace

TrainedAdapter::TrainedAdapter(const UNet& unet, const TextEncoder* text_encoder,
                               const AdapterOptions& options)
    : options_(options),
      factors_(draw_adapter(adaptable_layers(unet, text_encoder), options)),
      dropout_(options.dropout > 0 ? std::make_shared<InputDropout>() : nullptr),
      worn_(adaptable_layers(unet, text_encoder), factors_, 1, dropout_) {
  for (const auto& [name, weight] : weights()) weight.set_requires_grad(true);
  if (!dropout_) return;
  dropout_->share = options.dropout;
  dropout_->seed = options.seed;
}

NamedTensors TrainedAdapter::weights() const {
  NamedTensors weights;
  for (const auto& [layer, factors] : factors_) {
    weights.emplace_back(layer + ".down", factors.down);
    weights.emplace_back(layer + ".up", factors.up);
  }
  return weights;
}

Settings TrainedAdapter::settings() const {
  return {{"lora_rank", std::to_string(options_.rank)},
          {"lora_alpha", exact(options_.alpha)},
          {"lora_dropout", exact(options_.dropout)},
          {"lora_targets", name_of(options_.targets)},
          {"lora_seed", std::to_string(options_.seed)}};
}

TrainedAdapter::Pass::Pass(const TrainedAdapter* adapter, std::int64_t step, std::int64_t part)
    : dropout_(adapter == nullptr ? nullptr : adapter->dropout_.get()) {
  if (dropout_ == nullptr) return;
  dropout_->pass = static_cast<std::uint64_t>(step) << kPartBits | static_cast<std::uint64_t>(part);
  dropout_->training = true;
}

TrainedAdapter::Pass::~Pass() {
  if (dropout_ != nullptr) dropout_->training = false;
}

}  // namespace diffusion
