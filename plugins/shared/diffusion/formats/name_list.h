#pragma once

#include <string>
#include <vector>

namespace diffusion {

/// "\n  TITLE (COUNT):" and the first ten entries, one a line; empty for no entries. For errors.
std::string name_list(const char* title, const std::vector<std::string>& entries);

}  // namespace diffusion
