#pragma once

#include <functional>
#include <string>

#include "executor/executor.h"
#include "schemas/progress.h"

namespace compute {

/// Whether `work`, which writes, found room on the disk; `why` says what the system said. What else
/// it throws passes through.
bool finds_disk_space(const std::function<void()>& work, std::string& why);

/// Runs `work`, which writes and can be begun anew, until the disk has room for all of it: tells
/// why it waits, and looks again each second. Throws executor::Cancelled when the job is.
void wait_for_disk_space(executor::Outbox& out, const schemas::Progress& progress,
                         const std::function<void()>& work);

}  // namespace compute
