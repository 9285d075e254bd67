#pragma once

#include <string>

#include "executor/plugin.h"
#include "executor/stage.h"

namespace executor {

/// Takes from this process, for good, what its plugin does not declare: new rights by starting a
/// program, a memory image on disk after a crash, and the home but for home/stages/NAME and the
/// plugin's `reads` and `writes` (sandbox/home_view.h). Call it before the process has threads.
/// Returns one line that says what holds. Throws Error(bad_config) when the plugin names what is
/// not in the home.
std::string confine(const Plugin& plugin, const StageOptions& options);

}  // namespace executor
