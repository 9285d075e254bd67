#pragma once

#include "flow/command/context.h"

namespace flow::command {

/// What a running server has made of a change of keys.
enum class InForce {
  yes,        ///< it keeps to it from now on
  no_server,  ///< none runs; the next start reads it
};

/// Has this installation's server read the files that say who may come in, and waits until it has
/// done what follows from them. Throws CallError when a server runs and does not confirm it: the
/// change is on disk then, and nobody knows whether it is in force.
InForce put_in_force(const Context& context);

}  // namespace flow::command
