#pragma once

#include <filesystem>

#include "executor/executor.h"

namespace compute {

/// The folder of the flow's `model` parameter (open_model.h), looked through for what is missing.
/// Throws Error(bad_config).
std::filesystem::path pretrained_folder(const executor::Setup& setup);

}  // namespace compute
