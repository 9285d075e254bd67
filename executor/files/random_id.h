#pragma once

#include <string>
#include <string_view>

namespace files {

/// `prefix` and 16 hexadecimal digits of the kernel's random generator (64 bits): no two are equal,
/// of all processes and over restarts, and nobody can guess one. Any thread.
std::string random_id(std::string_view prefix);

}  // namespace files
