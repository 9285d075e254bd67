#pragma once

namespace flow::command {

/// From now on the first Ctrl-C (or SIGTERM) only sets a flag; the second ends the program.
void catch_interrupt();

/// Whether Ctrl-C was pressed since catch_interrupt().
bool interrupted();

}  // namespace flow::command
