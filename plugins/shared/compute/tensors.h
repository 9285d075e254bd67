#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "schemas/message.h"
#include "schemas/tensor.h"

/// LibTorch's tensors as blobs of messages, and back. Both ways share the bytes where they can.
namespace compute {

/// The f32 tensor `name` of a message, with `dims` dimensions, on the CPU. It reads the blob's
/// bytes in place when they are aligned and keeps them alive; never write to it. Throws
/// schemas::CodecError when the tensor is absent or has another dtype, size or number of
/// dimensions.
at::Tensor read_f32(const std::vector<schemas::Tensor>& tensors, const schemas::Message& message,
                    const std::string& name, std::int64_t dims);

/// The same for i64.
at::Tensor read_i64(const std::vector<schemas::Tensor>& tensors, const schemas::Message& message,
                    const std::string& name, std::int64_t dims);

/// Adds `tensor` (float32 or int64, any device or layout) as a blob that shares its memory when it
/// is contiguous on the CPU: do not write to it afterwards.
void add_tensor(std::vector<schemas::Tensor>& tensors, std::vector<schemas::Blob>& blobs,
                std::string name, const at::Tensor& tensor);

}  // namespace compute
