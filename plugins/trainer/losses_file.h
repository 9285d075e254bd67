#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "diffusion/training/dreambooth.h"

namespace trainer {

using Losses = std::vector<diffusion::StepResult>;

/// Replaces the file, in one moment, by the losses of all steps so far: raw StepResults, for the
/// build that wrote them. Throws files::Error.
void write_losses(const std::filesystem::path& file, const Losses& losses);

/// Those of the first `count` steps; the file may know of later ones. Throws files::Error.
Losses read_losses(const std::filesystem::path& file, std::int64_t count);

}  // namespace trainer
