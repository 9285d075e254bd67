#pragma once

#include <functional>
#include <string>

#include "executor/executor.h"
#include "schemas/progress.h"

namespace compute {

/// Runs `work`, which writes, and returns whether the disk had space; `why` gets the system's
/// message. All other exceptions pass through.
bool finds_disk_space(const std::function<void()>& work, std::string& why);

/// Runs `work`, which writes and can be repeated, until the disk has space for all of it. Reports
/// why it waits and tries again every second. Throws executor::Cancelled when the job is cancelled.
void wait_for_disk_space(executor::Outbox& out, const schemas::Progress& progress,
                         const std::function<void()>& work);

}  // namespace compute
