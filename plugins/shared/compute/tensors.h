#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "schemas/message.h"
#include "schemas/tensor.h"

/// Converts LibTorch's tensors to blobs of messages and back. Both directions share the bytes where
/// possible.
namespace compute {

/// The f32 tensor `name` of a message, with `dims` dimensions, on the CPU. When the blob's bytes
/// are aligned, the tensor reads them in place and keeps them alive; never write to it. Throws
/// schemas::CodecError when the tensor is missing or has another dtype, size or number of
/// dimensions.
at::Tensor read_f32(const std::vector<schemas::Tensor>& tensors, const schemas::Message& message,
                    const std::string& name, std::int64_t dims);

/// The same for i64.
at::Tensor read_i64(const std::vector<schemas::Tensor>& tensors, const schemas::Message& message,
                    const std::string& name, std::int64_t dims);

/// Adds `tensor` (float32 or int64, any device or layout) as a blob. The blob shares the memory of
/// a contiguous CPU tensor: do not write to it afterwards.
void add_tensor(std::vector<schemas::Tensor>& tensors, std::vector<schemas::Blob>& blobs,
                std::string name, const at::Tensor& tensor);

}  // namespace compute
