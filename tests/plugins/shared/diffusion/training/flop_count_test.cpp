#include "tests/catch_torch.h"

#include "diffusion/training/flop_count.h"

#include <ATen/ops/conv2d.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/scaled_dot_product_attention.h>

#include <stdexcept>

using diffusion::count_flops;

TEST_CASE("a multiply-add counts as two operations") {
  const auto counted = count_flops([] { at::linear(at::ones({2, 5, 3}), at::ones({7, 3})); });
  CHECK(counted == 2 * 2 * 5 * 3 * 7);
}

TEST_CASE("a convolution counts by the places of its output") {
  const auto convolve = [](std::int64_t stride, std::int64_t padding) {
    return count_flops([&] {
      at::conv2d(at::ones({2, 3, 8, 6}), at::ones({5, 3, 3, 3}), {}, {stride, stride},
                 {padding, padding});
    });
  };
  CHECK(convolve(1, 1) == 2.0 * 2 * 8 * 6 * 5 * 3 * 9);
  CHECK(convolve(2, 1) == 2.0 * 2 * 4 * 3 * 5 * 3 * 9);
  CHECK(convolve(1, 0) == 2.0 * 2 * 6 * 4 * 5 * 3 * 9);
}

TEST_CASE("attention counts its two products") {
  const auto query = at::ones({2, 4, 6, 8}), key = at::ones({2, 4, 5, 8});
  CHECK(count_flops([&] { at::scaled_dot_product_attention(query, key, key); }) ==
        2 * 2.0 * 2 * 4 * 6 * 5 * 8);
}

TEST_CASE("nothing is counted any more when the work is over, or has failed") {
  CHECK_THROWS_AS(count_flops([] { throw std::runtime_error("broken"); }), std::runtime_error);
  at::linear(at::ones({2, 3}), at::ones({7, 3}));
  CHECK(count_flops([] {}) == 0);
}

TEST_CASE("a matrix product has a speed") {
  CHECK(diffusion::matrix_product_tflops(at::kCPU, at::kFloat) > 0);
}
