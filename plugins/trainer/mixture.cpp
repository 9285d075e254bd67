#include "trainer/mixture.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/lerp.h>

#include <string>
#include <string_view>

#include "diffusion/networks/text_encoder.h"
#include "diffusion/networks/unet.h"
#include "executor/files/file_error.h"

namespace trainer {
namespace {

constexpr std::string_view kTextEncoder = "text_encoder.";  // see DreamBooth::weights

diffusion::NamedTensors weights_below(const std::filesystem::path& base, bool text_encoder) {
  auto weights = diffusion::UNet(base).named_parameters();
  if (!text_encoder) return weights;
  const diffusion::TextEncoder encoder(base);
  for (const auto& [name, weight] : encoder.named_parameters()) {
    weights.emplace_back(std::string(kTextEncoder) + name, weight);
  }
  return weights;
}

}  // namespace

Mixture::Mixture(diffusion::DreamBooth& training, const std::filesystem::path& base)
    : training_(training) {
  const diffusion::DreamBooth::Averaged averaged(training_);
  for (const auto& [name, weight] : training_.weights()) {
    trained_.emplace_back(name, weight.detach().clone());
  }
  before_ = weights_below(base, trained_.back().first.starts_with(kTextEncoder));
  bool same = before_.size() == trained_.size();
  for (std::size_t i = 0; same && i < before_.size(); ++i) {
    same = before_[i].first == trained_[i].first &&
           before_[i].second.sizes() == trained_[i].second.sizes();
  }
  if (!same) throw files::Error(base.string() + " has other weights than are trained");
}

void Mixture::take(double share) {
  const at::NoGradGuard no_gradients;
  const diffusion::DreamBooth::Averaged averaged(training_);
  const auto& weights = training_.weights();
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const auto& trained = trained_[i].second;
    weights[i].second.detach().copy_(
        share == 1 ? trained : at::lerp(before_[i].second.detach(), trained, share));
  }
}

}  // namespace trainer
