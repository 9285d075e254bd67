#pragma once

#include <functional>

#include "executor/descriptor.h"

namespace flow::relay {

/// The process in front of the public addresses of a flow: `souvenir relay`, started by the server.
/// Strangers talk to it alone. It knows the framing of ZMTP and no key; it bounds who connects, for
/// how long a handshake takes, and what is on its way to the gateway; and what passes it passes as
/// it came. `control` is its end of the channel to the server (control.h). Returns when the
/// server's end is closed, and what was to be written is. Calls `begun` when it has its listeners.
int run_relay(executor::Descriptor control, const std::function<void()>& begun = {});

}  // namespace flow::relay
