#pragma once

#include <filesystem>

#include "executor/executor.h"

namespace compute {

/// The diffusers folder of the flow's `model` parameter. The parameter names a folder, a repository
/// in the Hugging Face cache, or a single-file checkpoint; the first stage that asks converts such
/// a file once, into home/converted. Needs no LibTorch. Throws Error(bad_config) when the parameter
/// is empty or names none of these.
std::filesystem::path open_model(const executor::Setup& setup);

}  // namespace compute
