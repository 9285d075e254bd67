#include "schemas/tensor.h"

#include <limits>

namespace schemas {

std::size_t bytes_of(const Tensor& tensor) {
  std::size_t bytes = 0;
  if (tensor.dtype == "f32") bytes = 4;
  if (tensor.dtype == "i64") bytes = 8;
  if (bytes == 0) {
    throw CodecError("tensor '" + tensor.name + "' has the unknown dtype '" + tensor.dtype + "'");
  }
  for (const auto extent : tensor.shape) {
    if (extent < 0) throw CodecError("tensor '" + tensor.name + "' has a negative extent");
    const auto count = static_cast<std::size_t>(extent);
    if (count != 0 && bytes > std::numeric_limits<std::size_t>::max() / count) {
      throw CodecError("tensor '" + tensor.name + "' has a shape that overflows");
    }
    bytes *= count;
  }
  return bytes;
}

TensorView find_tensor(const std::vector<Tensor>& tensors, const Message& message,
                       const std::string& name, const std::string& dtype) {
  const auto found = std::find_if(tensors.begin(), tensors.end(),
                                  [&](const Tensor& tensor) { return tensor.name == name; });
  if (found == tensors.end()) throw CodecError(message.type + " lacks the tensor '" + name + "'");
  if (found->dtype != dtype) {
    throw CodecError("tensor '" + name + "' is " + found->dtype + ", not " + dtype);
  }
  if (found->blob >= message.blobs.size()) {
    throw CodecError("tensor '" + name + "' names a blob that is not there");
  }
  const Blob& bytes = message.blobs[found->blob];
  if (bytes.size() != bytes_of(*found)) {
    throw CodecError("tensor '" + name + "' has " + std::to_string(bytes.size()) +
                     " bytes, its shape needs " + std::to_string(bytes_of(*found)));
  }
  return {found->shape, bytes};
}

void add_tensor(std::vector<Tensor>& tensors, std::vector<Blob>& blobs, std::string name,
                std::string dtype, std::vector<std::int64_t> shape, Blob bytes) {
  tensors.push_back({std::move(name), std::move(dtype), std::move(shape),
                     static_cast<std::uint32_t>(blobs.size())});
  blobs.push_back(std::move(bytes));
}

}  // namespace schemas
