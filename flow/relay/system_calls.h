#pragma once

namespace flow::relay {

/// Keeps the system calls that passing bytes needs, and no other: no file, no program, no process,
/// no network but what its listeners accept; what is left is to connect to Unix sockets, which it
/// does for each peer. Any other call ends this process. Call it when the listeners are here, after
/// drop_rights(). Throws std::system_error when the kernel refuses.
void keep_few_system_calls();

}  // namespace flow::relay
