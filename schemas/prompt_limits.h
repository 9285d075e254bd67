#pragma once

#include <cstddef>

namespace schemas {

inline constexpr std::size_t kMaxPromptBytes = 2048;  ///< of a prompt, wherever one is given

}  // namespace schemas
