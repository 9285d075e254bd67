#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "schemas/codec.h"
#include "schemas/message.h"

namespace schemas {

/// Describes a tensor that travels as a blob: little-endian, C order, no padding.
struct Tensor {
  std::string name;
  std::string dtype;                ///< "f32" or "i64"
  std::vector<std::int64_t> shape;  ///< every extent >= 0
  std::uint32_t blob = 0;           ///< index into the message's blobs
  MSGPACK_DEFINE_MAP(name, dtype, shape, blob)
};

/// The bytes that a tensor of this dtype and shape takes. Throws CodecError for an unknown dtype, a
/// negative extent or an overflow.
std::size_t bytes_of(const Tensor& tensor);

/// The tensor `name` and its bytes. Throws CodecError when the tensor is absent or has another
/// dtype, or when its blob is absent or does not have the size that dtype and shape imply.
struct TensorView {
  std::vector<std::int64_t> shape;
  Blob bytes;
};
TensorView find_tensor(const std::vector<Tensor>& tensors, const Message& message,
                       const std::string& name, const std::string& dtype);

/// Adds a blob and its description.
void add_tensor(std::vector<Tensor>& tensors, std::vector<Blob>& blobs, std::string name,
                std::string dtype, std::vector<std::int64_t> shape, Blob bytes);

}  // namespace schemas
