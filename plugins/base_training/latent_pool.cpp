#include "base_training/latent_pool.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/zeros.h>

#include <algorithm>

namespace base_training {

void LatentPool::add(std::int64_t step, const at::Tensor& latents, const at::Tensor& ids) {
  const auto count = latents.size(0);
  if (!latents_.defined()) {
    auto shape = latents.sizes().vec();
    shape[0] = steps_ * count;
    latents_ = at::zeros(shape, latents.options());
    ids_ = at::zeros({steps_ * count, ids.size(1)}, ids.options());
  }
  const auto first = step % steps_ * count;
  latents_.narrow(0, first, count).copy_(latents);
  ids_.narrow(0, first, count).copy_(ids);
  filled_ = std::max(filled_, first + count);
}

LatentPool::Rows LatentPool::draw(std::int64_t count, at::Generator& random) const {
  if (count == filled_) return {latents_.narrow(0, 0, count), ids_.narrow(0, 0, count)};
  const auto rows = at::randint(0, filled_, {count}, random, at::TensorOptions().dtype(at::kLong));
  return {latents_.index_select(0, rows.to(latents_.device())),
          ids_.index_select(0, rows.to(ids_.device()))};
}

}  // namespace base_training
