#pragma once

#include <cstdint>

#include "executor/executor.h"
#include "store/transfer_client.h"
#include "trainer/training_job.h"

namespace trainer {

/// What to do when a checkpoint or a version cannot be written.
inline constexpr const char* kDiskHint =
    "make room on the disk of SOUVENIR_HOME, or check its permissions";

/// What a step, a drawing's step or a measurement of this job takes on a slow machine.
std::uint32_t time_of_a_step_ms(const TrainingJob& job);

/// What a slow disk takes for a checkpoint or a version of this job.
std::uint32_t time_to_write_ms(const TrainingJob& job);

/// Shows how a transfer goes, and leaves the job's figures as they are. `out` must outlive it.
store::TransferClient::Report report_to(executor::Outbox& out, std::int64_t total,
                                        std::int64_t step, std::int64_t checkpoint_step);

}  // namespace trainer
