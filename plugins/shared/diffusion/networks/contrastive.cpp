#include "diffusion/networks/contrastive.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/xlogy.h>

#include "diffusion/networks/layers.h"
#include "diffusion/networks/resnet_block.h"
#include "diffusion/networks/weights.h"

namespace diffusion {
namespace {

constexpr std::int64_t kWidths[] = {64, 128, 192};  // of the picture's network, from wide to small
constexpr ResnetStyle kStyle{.groups = 16, .epsilon = 1e-5, .time_channels = 0};
constexpr double kTemperature = 0.07;  // CLIP's first value

at::Tensor unit_length(const at::Tensor& x) {
  return x / x.norm(2, {-1}, /*keepdim=*/true).clamp_min(1e-6);
}

// [n, n]: 1 where two rows of ids are the same.
at::Tensor same_rows(const at::Tensor& ids) {
  return ids.unsqueeze(0).eq(ids.unsqueeze(1)).all(-1).to(at::kFloat);
}

// Halves the picture.
struct Level {
  Level(const Scope& scope, std::int64_t in, std::int64_t out)
      : block(scope / "resnet", in, out, kStyle), down(scope / "down", out, out, 3, 2, 1) {}
  at::Tensor operator()(const at::Tensor& x) const { return down(block(x, {})); }
  ResnetBlock block;
  Conv2d down;
};

}  // namespace

struct Contrastive::Network {
  Network(const Scope& scope, std::int64_t channels, std::int64_t dim)
      : in(scope / "conv_in", channels, kWidths[0], 3, 1, 1),
        first(scope / "levels" / 0, kWidths[0], kWidths[0]),
        second(scope / "levels" / 1, kWidths[0], kWidths[1]),
        third(scope / "levels" / 2, kWidths[1], kWidths[2]),
        picture_projection(scope / "picture_projection", kWidths[2], dim),
        text_projection(scope / "text_projection", dim, dim) {}

  at::Tensor vectors_of(const at::Tensor& latents) const {
    return picture_projection(at::silu(third(second(first(in(latents))))).mean({2, 3}));
  }

  Conv2d in;
  Level first, second, third;
  Linear picture_projection, text_projection;
  NamedTensors named;
};

Contrastive::Contrastive(const TextEncoder& text, std::int64_t channels, std::uint64_t seed)
    : text_(&text) {
  Weights weights(seed, text.device());
  network_ = std::make_unique<Network>(Scope(weights), channels, text.dim());
  weights.finish();
  network_->named = weights.taken();
  for (auto& [name, weight] : network_->named) weight.requires_grad_(true);
}
Contrastive::~Contrastive() = default;

const NamedTensors& Contrastive::named_parameters() const {
  return network_->named;
}

at::Tensor Contrastive::loss(const at::Tensor& latents, const at::Tensor& ids) const {
  const auto pictures = unit_length(network_->vectors_of(latents));
  const auto texts = unit_length(network_->text_projection(text_->encode(ids).mean({1})));
  const auto scores = at::matmul(pictures, texts.t()) / kTemperature;
  const auto same = same_rows(ids).to(scores.device());
  const auto target = same / same.sum({1}, /*keepdim=*/true);
  const auto of = [&](const at::Tensor& rows) {
    return (at::xlogy(target, target) - target * at::log_softmax(rows, 1)).sum({1}).mean();
  };
  return (of(scores) + of(scores.t())) / 2;
}

}  // namespace diffusion
