#pragma once

#include <filesystem>

#include "executor/executor.h"

namespace compute {

/// The diffusers folder of the flow's `model` parameter: a folder, a repository in the cache of
/// Hugging Face, or a single-file checkpoint, which is converted into home/converted once, by the
/// first stage that asks. Needs no LibTorch. Throws Error(bad_config) when the parameter is empty
/// or names no such thing.
std::filesystem::path open_model(const executor::Setup& setup);

}  // namespace compute
