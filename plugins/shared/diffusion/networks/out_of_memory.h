#pragma once

#include <exception>

namespace diffusion {

/// Whether LibTorch (on any device) or the standard library threw this because memory ran out.
bool is_out_of_memory(const std::exception& error);

}  // namespace diffusion
