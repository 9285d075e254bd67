#include "compute/tensors.h"

#include <ATen/ops/from_blob.h>

#include <cstdint>
#include <memory>
#include <utility>

namespace compute {
namespace {

at::Tensor read(const std::vector<schemas::Tensor>& tensors, const schemas::Message& message,
                const std::string& name, const char* dtype, at::ScalarType scalar,
                std::int64_t dims) {
  auto view = schemas::find_tensor(tensors, message, name, dtype);
  if (static_cast<std::int64_t>(view.shape.size()) != dims) {
    throw schemas::CodecError("tensor '" + name + "' of " + message.type + " has " +
                              std::to_string(view.shape.size()) + " dimensions, not " +
                              std::to_string(dims));
  }
  // The blob never changes; LibTorch has no tensor of constant bytes.
  auto* bytes = const_cast<char*>(view.bytes.view().data());
  const auto options = at::TensorOptions().dtype(scalar);
  if (reinterpret_cast<std::uintptr_t>(bytes) % alignof(std::int64_t) == 0) {
    return at::from_blob(
        bytes, view.shape, [keep = view.bytes](void*) {}, options);
  }
  auto aligned = std::make_shared<std::vector<std::int64_t>>(
      (view.bytes.size() + sizeof(std::int64_t) - 1) / sizeof(std::int64_t));
  view.bytes.view().copy(reinterpret_cast<char*>(aligned->data()), view.bytes.size());
  return at::from_blob(
      aligned->data(), view.shape, [aligned](void*) {}, options);
}

}  // namespace

at::Tensor read_f32(const std::vector<schemas::Tensor>& tensors, const schemas::Message& message,
                    const std::string& name, std::int64_t dims) {
  return read(tensors, message, name, "f32", at::kFloat, dims);
}

at::Tensor read_i64(const std::vector<schemas::Tensor>& tensors, const schemas::Message& message,
                    const std::string& name, std::int64_t dims) {
  return read(tensors, message, name, "i64", at::kLong, dims);
}

void add_tensor(std::vector<schemas::Tensor>& tensors, std::vector<schemas::Blob>& blobs,
                std::string name, const at::Tensor& tensor) {
  const bool integers = tensor.scalar_type() == at::kLong;
  auto owned = std::make_shared<const at::Tensor>(
      tensor.detach().to(at::kCPU, integers ? at::kLong : at::kFloat).contiguous());
  const std::string_view bytes(static_cast<const char*>(owned->const_data_ptr()), owned->nbytes());
  schemas::add_tensor(tensors, blobs, std::move(name), integers ? "i64" : "f32",
                      owned->sizes().vec(), schemas::Blob(owned, bytes));
}

}  // namespace compute
