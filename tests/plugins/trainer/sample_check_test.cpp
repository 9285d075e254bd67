#include "tests/catch_torch.h"

#include "trainer/sample_check.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/linspace.h>

#include <limits>

#include "executor/error.h"

namespace {

// Every channel runs from -1 to 1: a spread of 0.58.
at::Tensor ramp() {
  return at::linspace(-1, 1, 64).reshape({1, 1, 8, 8}).expand({1, 4, 8, 8});
}

bool refused(const at::Tensor& latents) {
  try {
    trainer::require_picture(latents);
  } catch (const executor::Error& error) {
    return error.code() == "bad_input";
  }
  return false;
}

}  // namespace

TEST_CASE("a sample that is no picture is refused: constant, not finite, or beyond all colours") {
  CHECK_FALSE(refused(ramp()));
  CHECK(refused(at::full({1, 4, 8, 8}, 0.5)));
  CHECK(refused(ramp() * std::numeric_limits<float>::quiet_NaN()));
  CHECK(refused(ramp() * std::numeric_limits<float>::infinity()));
  CHECK_FALSE(refused(ramp() * 0.02));
  CHECK(refused(ramp() * 0.01));
  CHECK_FALSE(refused(ramp() * 50));
  CHECK(refused(ramp() * 60));
}
