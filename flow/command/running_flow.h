#pragma once

#include <string>

#include "flow/command/context.h"
#include "flow/file/flow.h"
#include "schemas/status.h"

namespace flow::command {

/// The flow as its server runs it now: with the plugins, parameters and numbers of processes that
/// `swap` and `scale` have changed since it was read. Throws executor::Error when a plugin is gone.
Flow as_running(Flow flow, const schemas::Status& status);

/// The flow of that file. "" = the one that this installation's server runs, as it is now; without
/// a server the default flow. Throws executor::Error.
Flow load_shown_flow(const std::string& file);

}  // namespace flow::command
