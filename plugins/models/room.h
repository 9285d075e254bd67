#pragma once

#include <functional>
#include <string>

#include "executor/executor.h"
#include "schemas/progress.h"

namespace models {

/// Whether `work`, which writes, found room on the disk; `why` says what the system said. What else
/// it throws passes through.
bool finds_room(const std::function<void()>& work, std::string& why);

/// Runs `work`, which writes and can be begun anew, until the disk has room for all of it: tells
/// why it waits, and looks again each second. Throws executor::Cancelled when the job is.
void wait_for_room(executor::Outbox& out, const schemas::Progress& progress,
                   const std::function<void()>& work);

}  // namespace models
