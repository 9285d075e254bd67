#pragma once

namespace flow {

/// Lets this process, and those that it starts, open as many files as their user may, within
/// reason. A connection is one, and so is a blob on its way: libzmq ends a process that has no
/// more.
void raise_file_limit();

}  // namespace flow
