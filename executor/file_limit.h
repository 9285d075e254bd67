#pragma once

#include <cstddef>

namespace executor {

/// Open files without which a process with a socket cannot do its work. libzmq aborts a process
/// that runs out of them.
inline constexpr std::size_t kLeastFiles = 32;

/// Raises the limit of open files for this process and its children to the user's limit, within
/// reason. Each connection and each blob on its way is an open file.
void raise_file_limit();

/// Makes sure that this process may open so many files, raising its limit when the user's allows
/// it. Throws Error(bad_config) when not.
void require_files(std::size_t least);

}  // namespace executor
