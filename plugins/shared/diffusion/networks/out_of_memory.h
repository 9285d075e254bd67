#pragma once

#include <exception>

namespace diffusion {

/// Whether this is what LibTorch, on any device, or the standard library throws when there is no
/// memory left.
bool is_out_of_memory(const std::exception& error);

}  // namespace diffusion
