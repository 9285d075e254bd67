#include "diffusion/judge/judge_loss.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Reduction.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/linalg_vector_norm.h>

namespace diffusion {
namespace {

constexpr double kSharpness = 16, kSmoothing = 0.05;
constexpr double kStyleShare = 0.5, kBackgroundShare = 0.5, kExemplarShare = 0.5;
constexpr std::int64_t kUnknown = -1;

at::Tensor entropy(const at::Tensor& logits, const at::Tensor& truth) {
  const auto known = (truth != kUnknown).sum().clamp_min(1);
  return at::cross_entropy_loss(logits, truth, {}, at::Reduction::Sum, kUnknown, kSmoothing) /
         known;
}

}  // namespace

at::Tensor judge_loss(const JudgeSeen& seen, const JudgeTruth& truth, const at::Tensor& exemplars) {
  const auto lengths = at::linalg_vector_norm(exemplars, 2, {1}, /*keepdim=*/true);
  const auto cosines = seen.embeddings.matmul((exemplars / lengths.clamp_min(1e-12)).t());
  return entropy(seen.categories, truth.categories) +
         kStyleShare * entropy(seen.styles, truth.styles) +
         kBackgroundShare * entropy(seen.backgrounds, truth.backgrounds) +
         kExemplarShare * entropy(kSharpness * cosines.to(at::kFloat), truth.pictures);
}

double accuracy(const at::Tensor& logits, const at::Tensor& truth) {
  const auto known = truth != kUnknown;
  const auto count = known.sum().item<double>();
  if (count == 0) return 0;
  return ((logits.argmax(1) == truth) & known).sum().item<double>() / count;
}

}  // namespace diffusion
