#pragma once

#include <filesystem>

#include "trainer/training_job.h"

namespace trainer {

/// Looks before the first step at all that the last one needs: the parts of `base` that the new
/// version copies, schedules for its sample pictures, the right to write to `staging` and room for
/// it. Hours of training must not end in what could be seen before. Throws files::Error,
/// Error(unavailable) for want of room or rights.
void rehearse_end(const TrainingJob& job, const std::filesystem::path& base,
                  const std::filesystem::path& staging);

}  // namespace trainer
