#pragma once

namespace sandbox {

/// Moves this process into a user, network and IPC namespace of its own: no interface, no abstract
/// socket and no queue of the host is there, and an administrator is none any more. Whether the
/// kernel let it; containers often do not. One thread.
bool enter_own_namespaces();

}  // namespace sandbox
