#pragma once

#include <string>
#include <vector>

namespace diffusion {

/// "
///   TITLE (COUNT):" and the first ten entries, one per line; "" for no entries. For error texts.
std::string name_list(const char* title, const std::vector<std::string>& entries);

}  // namespace diffusion
