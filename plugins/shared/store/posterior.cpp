#include "store/posterior.h"

#include <algorithm>
#include <cmath>

namespace store {
namespace {
constexpr float kMinLogvar = -30;
constexpr float kMaxLogvar = 20;
}  // namespace

std::size_t values_of(const LatentShape& shape) {
  return static_cast<std::size_t>(shape[0] * shape[1] * shape[2]);
}

void Posterior::sample(std::size_t picture, std::span<const float> eps, float scaling_factor,
                       float* latents) const {
  const std::size_t first = picture * eps.size();
  for (std::size_t i = 0; i < eps.size(); ++i) {
    const float log_variance = std::clamp(logvar[first + i], kMinLogvar, kMaxLogvar);
    latents[i] = (mean[first + i] + std::exp(0.5F * log_variance) * eps[i]) * scaling_factor;
  }
}

}  // namespace store
