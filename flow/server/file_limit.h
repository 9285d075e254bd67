#pragma once

namespace flow {

/// Raises the limit of open files for this process and its children to the user's limit, within
/// reason. Each connection and each blob on its way is an open file; libzmq aborts a process that
/// runs out of them.
void raise_file_limit();

}  // namespace flow
