#pragma once

#include <filesystem>
#include <vector>

#include "schemas/training.h"

namespace sampler {

/// Of each thing in settings.replay, how much of it the version `base` has lost (slip(), see
/// allocation.h), by the notes of the trainer (retention_note.h); 0 where nothing is known.
std::vector<double> forgetting_of(const std::filesystem::path& home,
                                  const schemas::TrainSettings& settings);

}  // namespace sampler
