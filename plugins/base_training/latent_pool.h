#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <cstdint>

namespace base_training {

/// Encoded pictures with their captions, from which batches are drawn. Encoding costs up to a third
/// of a training step, so each picture serves several steps, with different noise each time. The
/// content at a step depends only on the last `steps` additions.
class LatentPool {
 public:
  /// Keeps the last `steps` additions.
  explicit LatentPool(std::int64_t steps) : steps_(steps) {}

  /// Replaces the pictures of `step - steps` with those of `step`: `latents` [n, 4, h, w], `ids`
  /// [n, length]. n is the same in each call.
  void add(std::int64_t step, const at::Tensor& latents, const at::Tensor& ids);

  struct Rows {
    at::Tensor latents, ids;
  };
  /// Draws `count` rows at random; returns all in order when the pool holds exactly `count`.
  Rows draw(std::int64_t count, at::Generator& random) const;

 private:
  std::int64_t steps_, filled_ = 0;  // filled_: rows in use
  at::Tensor latents_, ids_;
};

}  // namespace base_training
