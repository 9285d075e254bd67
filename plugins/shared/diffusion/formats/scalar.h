#pragma once

#include <optional>
#include <string_view>

namespace diffusion {

/// The number in a tensor of one element, of a safetensors type: F64, F32, F16, BF16, I64 or I32.
/// Nothing for another type, and for more or fewer bytes than it has.
std::optional<double> scalar_of(std::string_view dtype, std::string_view bytes);

}  // namespace diffusion
