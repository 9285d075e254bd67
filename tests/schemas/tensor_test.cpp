#include "schemas/tensor.h"

#include <catch2/catch.hpp>

using schemas::Blob;
using schemas::CodecError;
using schemas::Tensor;

namespace {

schemas::Message message_with(std::vector<Blob> blobs) {
  schemas::Message message;
  message.type = "batch.v1";
  message.blobs = std::move(blobs);
  return message;
}

}  // namespace

TEST_CASE("a tensor added is found again with its shape and bytes") {
  std::vector<Tensor> tensors;
  std::vector<Blob> blobs;
  schemas::add_tensor(tensors, blobs, "latents", "f32", {2, 3}, Blob(std::string(24, 'a')));
  schemas::add_tensor(tensors, blobs, "timesteps", "i64", {2}, Blob(std::string(16, 'b')));
  const auto found = schemas::find_tensor(tensors, message_with(blobs), "timesteps", "i64");
  CHECK(found.shape == std::vector<std::int64_t>{2});
  CHECK(found.bytes.view() == std::string(16, 'b'));
}

TEST_CASE("a tensor that is absent, of another dtype or of another size is refused by name") {
  std::vector<Tensor> tensors{{"latents", "f32", {2, 3}, 0}};
  const auto message = message_with({Blob(std::string(24, 'a'))});
  CHECK_NOTHROW(schemas::find_tensor(tensors, message, "latents", "f32"));
  CHECK_THROWS_WITH(schemas::find_tensor(tensors, message, "noise", "f32"),
                    Catch::Contains("lacks the tensor 'noise'"));
  CHECK_THROWS_AS(schemas::find_tensor(tensors, message, "latents", "i64"), CodecError);
  for (const std::size_t bytes : {23u, 25u, 0u}) {
    CHECK_THROWS_AS(schemas::find_tensor(tensors, message_with({Blob(std::string(bytes, 'a'))}),
                                         "latents", "f32"),
                    CodecError);
  }
}

TEST_CASE("a tensor whose blob is not in the message is refused") {
  std::vector<Tensor> tensors{{"latents", "f32", {}, 1}};
  CHECK_THROWS_AS(
      schemas::find_tensor(tensors, message_with({Blob(std::string(4, 'a'))}), "latents", "f32"),
      CodecError);
}

TEST_CASE("the bytes of a shape are counted, and hostile shapes are refused") {
  CHECK(schemas::bytes_of({"x", "f32", {}, 0}) == 4);
  CHECK(schemas::bytes_of({"x", "f32", {0, 5}, 0}) == 0);
  CHECK(schemas::bytes_of({"x", "i64", {2, 5}, 0}) == 80);
  CHECK_THROWS_AS(schemas::bytes_of({"x", "f64", {1}, 0}), CodecError);
  CHECK_THROWS_AS(schemas::bytes_of({"x", "f32", {-1}, 0}), CodecError);
  CHECK_THROWS_AS(schemas::bytes_of({"x", "f32", {1LL << 62, 4}, 0}), CodecError);
}

TEST_CASE("copies of a blob share its bytes") {
  const Blob one(std::string(1000, 'a'));
  const Blob other = one;
  CHECK(one.view().data() == other.view().data());
}
