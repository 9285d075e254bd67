#include "diffusion/networks/adapter.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "diffusion/formats/diffusion_error.h"
#include "diffusion/formats/shape_text.h"
#include "diffusion/networks/text_encoder.h"
#include "diffusion/networks/unet.h"
#include "executor/files/random_stream.h"

namespace diffusion {
namespace {

using Sizes = std::vector<std::int64_t>;

std::string whole(double limit) {
  return std::to_string(static_cast<std::int64_t>(limit));
}

void check(const AdapterOptions& options) {
  if (options.rank < 1 || options.rank > kMaxLoraRank) {
    throw Error("a LoRA of rank " + std::to_string(options.rank) + " cannot be made",
                "choose a rank from 1 to " + std::to_string(kMaxLoraRank));
  }
  if (!(options.alpha > 0 && options.alpha <= kMaxLoraAlpha)) {
    throw Error("a LoRA's alpha must be more than 0 and at most " + whole(kMaxLoraAlpha),
                "choose as much as its rank, or 1");
  }
  if (!(options.dropout >= 0 && options.dropout < 1)) {
    throw Error("a LoRA's dropout must be at least 0 and less than 1", "choose 0 for none");
  }
}

Sizes down_sizes(const at::Tensor& weight, std::int64_t rank) {
  Sizes sizes = weight.sizes().vec();
  sizes[0] = rank;
  return sizes;
}

Sizes up_sizes(const at::Tensor& weight, std::int64_t rank) {
  Sizes sizes(static_cast<std::size_t>(weight.dim()), 1);
  sizes[0] = weight.size(0);
  sizes[1] = rank;
  return sizes;
}

// Uniform within +-bound, from the stream of the layer at this place among all.
at::Tensor drawn(const Sizes& sizes, std::uint64_t seed, std::size_t place) {
  auto tensor = at::empty(sizes, at::kFloat);
  const double bound = std::sqrt(static_cast<double>(sizes[0]) / tensor.numel());
  files::RandomStream random(seed, files::Purpose::low_rank, place);
  auto* values = tensor.data_ptr<float>();
  for (std::int64_t i = 0; i < tensor.numel(); ++i) {
    const double unit = (static_cast<double>(random.next()) + 0.5) * 0x1p-32;
    values[i] = static_cast<float>((2 * unit - 1) * bound);
  }
  return tensor;
}

void check_fits(const std::string& name, const LowRankFactors& factors, const at::Tensor& weight) {
  const auto rank = factors.down.size(0);
  const auto down = down_sizes(weight, rank), up = up_sizes(weight, rank);
  if (factors.down.sizes() == down && factors.up.sizes() == up) return;
  throw Error("the adapter's factors of " + name + " are " + shape_text(factors.down.sizes()) +
                  " and " + shape_text(factors.up.sizes()) + ", but the model's layer needs " +
                  shape_text(down) + " and " + shape_text(up),
              "use it with the model that it was made for");
}

// Each layer that the adapter changes, in the adapter's order.
std::vector<AdaptableLayer> layers_of(const Adapter& adapter, double weight,
                                      const std::vector<AdaptableLayer>& layers) {
  if (!(std::abs(weight) <= kMaxAdapterWeight)) {
    throw Error("an adapter's weight must be a number from -" + whole(kMaxAdapterWeight) + " to " +
                    whole(kMaxAdapterWeight),
                "1 is as it was trained");
  }
  std::map<std::string, const AdaptableLayer*> by_name;
  for (const auto& layer : layers) by_name.emplace(layer.name, &layer);
  std::vector<AdaptableLayer> changed;
  for (const auto& [name, factors] : adapter) {
    const auto found = by_name.find(name);
    if (found == by_name.end()) {
      throw Error("the adapter changes " + name + ", which the model has not",
                  "use it with the model that it was made for");
    }
    check_fits(name, factors, found->second->weight);
    changed.push_back(*found->second);
  }
  return changed;
}

}  // namespace

std::vector<AdaptableLayer> adaptable_layers(const UNet& unet, const TextEncoder* text_encoder) {
  std::vector<AdaptableLayer> layers;
  const auto add = [&](const char* part, const std::vector<AdaptableLayer>& own) {
    for (const auto& layer : own) layers.push_back({part + layer.name, layer.weight, layer.terms});
  };
  add(kUNetLayer, unet.adaptable_layers());
  if (text_encoder != nullptr) add(kTextLayer, text_encoder->adaptable_layers());
  return layers;
}

Adapter draw_adapter(const std::vector<AdaptableLayer>& layers, const AdapterOptions& options) {
  check(options);
  Adapter adapter;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const auto& [name, weight, terms] = layers[i];
    if (!is_target(name, options.targets)) continue;
    const auto to = at::TensorOptions().device(weight.device()).dtype(at::kFloat);
    adapter[name] = {drawn(down_sizes(weight, options.rank), options.seed, i).to(to),
                     at::zeros(up_sizes(weight, options.rank), to), options.alpha};
  }
  if (adapter.empty()) {
    throw Error("the model has none of the layers that targets \"" + name_of(options.targets) +
                    "\" stands for",
                "choose other targets");
  }
  return adapter;
}

Adapted::Adapted(const std::vector<AdaptableLayer>& layers, const Adapter& adapter, double weight,
                 const std::shared_ptr<const InputDropout>& dropout)
    : layers_(layers_of(adapter, weight, layers)) {
  std::uint64_t place = 0;
  for (const auto& layer : layers_) {
    const auto& factors = adapter.at(layer.name);
    layer.terms->push_back(
        {factors.down, factors.up, weight * factors.scale(), dropout, place++, this});
  }
}

Adapted::~Adapted() {
  for (const auto& layer : layers_) {
    std::erase_if(*layer.terms, [this](const LowRankTerm& term) { return term.owner == this; });
  }
}

void merge(const std::vector<AdaptableLayer>& layers, const Adapter& adapter, double weight) {
  const at::NoGradGuard no_gradients;
  for (const auto& layer : layers_of(adapter, weight, layers)) {
    const auto& factors = adapter.at(layer.name);
    const auto product = factors.up.flatten(1).matmul(factors.down.flatten(1));
    layer.weight.add_(product.reshape(layer.weight.sizes()), weight * factors.scale());
  }
}

}  // namespace diffusion
