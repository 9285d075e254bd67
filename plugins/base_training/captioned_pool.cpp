#include "base_training/captioned_pool.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>

#include "diffusion/networks/autocast.h"
#include "executor/error.h"

namespace base_training {
namespace {

std::int64_t checked_batch(std::int64_t size) {
  if (size >= 1 && size <= kMaxTrainBatch) return size;
  throw executor::Error("bad_input",
                        "train_batch_size must be 1 to " + std::to_string(kMaxTrainBatch));
}

}  // namespace

CaptionedPool::CaptionedPool(const std::filesystem::path& model, const TrainingRun& run)
    : tokenizer_(model / "tokenizer"),
      vae_(std::filesystem::exists(run.out() / "vae") ? run.out() : model),
      pool_(run.settings().pool_steps),
      batch_size_(checked_batch(run.settings().train_batch_size)),
      bf16_(wants_bf16(run.settings())) {}

void CaptionedPool::add(const schemas::Captioned& captioned, const at::Tensor& pixels,
                        at::Generator& random) {
  const at::NoGradGuard no_gradients;
  const diffusion::Autocast autocast(bf16_, vae_.device());
  const auto posterior = vae_.encode(pixels);
  const auto mean = posterior.mean.to(at::kFloat), logvar = posterior.logvar.to(at::kFloat);
  const auto noise = at::randn(mean.sizes(), random).to(mean.device());
  pool_.add(captioned.step, (mean + (0.5 * logvar).exp() * noise) * vae_.scaling_factor(),
            ids_of(captioned.captions));
}

at::Tensor CaptionedPool::ids_of(const std::vector<std::string>& texts) const {
  std::vector<std::int64_t> ids;
  for (const auto& text : texts) {
    for (const auto id : tokenizer_.encode(text)) ids.push_back(id);
  }
  return at::tensor(ids).reshape({static_cast<std::int64_t>(texts.size()), -1});
}

}  // namespace base_training
