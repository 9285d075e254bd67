#pragma once

#include <filesystem>

#include "executor/executor.h"

namespace compute {

/// The folder of the flow's `model` parameter (open_model.h), checked for missing files. Throws
/// Error(bad_config).
std::filesystem::path pretrained_folder(const executor::Setup& setup);

}  // namespace compute
