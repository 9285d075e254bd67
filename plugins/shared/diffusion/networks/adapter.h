#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "diffusion/formats/lora_layers.h"
#include "diffusion/networks/low_rank.h"

namespace diffusion {

class TextEncoder;
class UNet;

inline constexpr std::int64_t kMaxLoraRank = 1024;  ///< of a new one; SD 1.5's layers have 320 up
inline constexpr double kMaxLoraAlpha = 1e6;
inline constexpr double kMaxAdapterWeight = 100;  ///< either sign

/// What a LoRA is trained with. Names and meaning as in peft's LoraConfig.
struct AdapterOptions {
  std::int64_t rank = 8;  ///< 1 to kMaxLoraRank
  double alpha = 8;       ///< more than 0: the terms are scaled by alpha / rank
  double dropout = 0;     ///< see InputDropout; below 1
  LoraTargets targets = LoraTargets::linear;
  std::uint64_t seed = 0;  ///< of the factors at the start, and of dropout
};

/// The factors of one layer: its weight becomes W + alpha / rank * up down.
struct LowRankFactors {
  at::Tensor down, up;  ///< as in LowRankTerm
  double alpha = 0;
  double scale() const { return alpha / static_cast<double>(down.size(0)); }
};

/// A LoRA: what it adds to each layer, by the layer's name (formats/lora_layers.h).
using Adapter = std::map<std::string, LowRankFactors>;

/// The layers of the UNet and, when there is one, of the text encoder, by those names.
std::vector<AdaptableLayer> adaptable_layers(const UNet& unet, const TextEncoder* text_encoder);

/// A new LoRA for those of `layers` that are targets, in float32 on their device: `down` uniform
/// within 1 / sqrt(fan_in) (kaiming_uniform with a = sqrt(5), as peft and sd-scripts do), `up` 0,
/// so that it adds nothing yet. Throws Error for an option out of range, and when no layer is a
/// target.
Adapter draw_adapter(const std::vector<AdaptableLayer>& layers, const AdapterOptions& options);

/// While it lives, the layers compute with the adapter's terms, times `weight`. The tensors are
/// shared: a change in place counts at once. Several may live at a time; their terms add up. Must
/// not outlive the networks; made and destroyed while no thread computes with them.
class Adapted {
 public:
  /// Throws Error, and adds nothing, when `weight` is out of range, and when a layer is missing or
  /// has another shape. `dropout` may be null.
  Adapted(const std::vector<AdaptableLayer>& layers, const Adapter& adapter, double weight = 1,
          const std::shared_ptr<const InputDropout>& dropout = {});
  ~Adapted();
  Adapted(const Adapted&) = delete;
  Adapted& operator=(const Adapted&) = delete;

 private:
  std::vector<AdaptableLayer> layers_;
};

/// Adds weight * alpha / rank * up down to the layers' weights in place, in their type: the
/// networks then compute as when Adapted, without its cost. Throws Error as Adapted does.
void merge(const std::vector<AdaptableLayer>& layers, const Adapter& adapter, double weight = 1);

}  // namespace diffusion
