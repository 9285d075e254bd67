#include "tests/catch_torch.h"

#include "compute/tensors.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>

#include <cstring>

#include "schemas/training.h"

namespace {

schemas::Message carrying(const std::vector<schemas::Blob>& blobs) {
  schemas::Message message;
  message.type = schemas::TrainBatch::kType;
  message.blobs = blobs;
  return message;
}

}  // namespace

TEST_CASE("tensors travel as blobs and back, without a copy of the bytes") {
  std::vector<schemas::Tensor> described;
  std::vector<schemas::Blob> blobs;
  const auto values = at::arange(6, at::kFloat).view({2, 3});
  const auto steps = at::arange(4, at::kLong);
  compute::add_tensor(described, blobs, "values", values);
  compute::add_tensor(described, blobs, "turned", values.t());
  compute::add_tensor(described, blobs, "steps", steps);
  const auto message = carrying(blobs);
  CHECK(at::equal(compute::read_f32(described, message, "values", 2), values));
  CHECK(at::equal(compute::read_f32(described, message, "turned", 2), values.t()));
  CHECK(at::equal(compute::read_i64(described, message, "steps", 1), steps));
  CHECK(compute::read_f32(described, message, "values", 2).const_data_ptr() ==
        values.const_data_ptr());
}

TEST_CASE("bytes that are not aligned are read all the same") {
  std::vector<schemas::Tensor> described;
  std::vector<schemas::Blob> blobs;
  const auto values = at::arange(3, at::kFloat);
  const auto bytes = std::make_shared<std::vector<char>>(values.nbytes() + 1);
  std::memcpy(bytes->data() + 1, values.const_data_ptr(), values.nbytes());
  schemas::add_tensor(described, blobs, "values", "f32", {3},
                      schemas::Blob(bytes, {bytes->data() + 1, values.nbytes()}));
  CHECK(at::equal(compute::read_f32(described, carrying(blobs), "values", 1), values));
}

TEST_CASE("a tensor of another number of dimensions is refused") {
  std::vector<schemas::Tensor> described;
  std::vector<schemas::Blob> blobs;
  compute::add_tensor(described, blobs, "values", at::arange(6, at::kFloat));
  const auto message = carrying(blobs);
  CHECK_THROWS_AS(compute::read_f32(described, message, "values", 2), schemas::CodecError);
  CHECK_THROWS_AS(compute::read_i64(described, message, "values", 1), schemas::CodecError);
}
