#include "trainer/sample_check.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/std.h>

#include <string>

#include "executor/error.h"

namespace trainer {

void require_picture(const at::Tensor& latents) {
  std::string why;
  if (!latents.isfinite().all().item<bool>()) {
    why = "is not finite";
  } else {
    const auto spread =
        at::std(latents.flatten(2), at::IntArrayRef({2}), false).mean().item<double>();
    if (spread < kLeastSpread) why = "is the same all over";
    if (spread > kMostSpread) why = "is beyond all colours";
  }
  if (why.empty()) return;
  throw executor::Error("bad_input", "the training has diverged: a sample picture " + why,
                        "lower the learning rate, or train fewer steps; nothing was published");
}

}  // namespace trainer
