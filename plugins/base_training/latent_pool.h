#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <cstdint>

namespace base_training {

/// Encoded pictures with their captions, from which batches are drawn: encoding costs as much as a
/// third of a training step, so that each picture serves several, with other noise each time.
/// What it holds at a step follows from the last `steps` additions alone.
class LatentPool {
 public:
  /// Room for `steps` additions.
  explicit LatentPool(std::int64_t steps) : steps_(steps) {}

  /// Puts the pictures of `step` in the place of those of `step - steps`: `latents`
  /// [n, 4, h, w], `ids` [n, length]; n is the same at each call.
  void add(std::int64_t step, const at::Tensor& latents, const at::Tensor& ids);

  struct Rows {
    at::Tensor latents, ids;
  };
  /// `count` rows drawn at random; all in order when the pool holds exactly `count`.
  Rows draw(std::int64_t count, at::Generator& random) const;

 private:
  std::int64_t steps_, filled_ = 0;  // filled_: rows in use
  at::Tensor latents_, ids_;
};

}  // namespace base_training
