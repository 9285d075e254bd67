#pragma once

namespace flow::relay {

/// Gives up what the relay does not need: new rights through a program it starts, files that grow,
/// core files, more than its share of memory. Nothing of that comes back.
void drop_rights();

}  // namespace flow::relay
