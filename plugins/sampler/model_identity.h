#pragma once

#include <filesystem>
#include <string>

namespace sampler {

/// Text that differs when another model draws: the folder's path, and name, size and time of change
/// of every file of its components. Contents are not read. Throws Error(bad_config) when the
/// folder is not there.
std::string identity_of_model(const std::filesystem::path& model_folder);

}  // namespace sampler
