#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "executor/executor.h"
#include "schemas/targets.h"
#include "store/layout.h"

/// Where the computing executors find models. Only ids come in messages, never paths.
namespace store {

using schemas::kPretrained;

/// The diffusers folder of a version: `pretrained` for "pretrained", else home/store/versions/ID,
/// or where TransferClient::bring_version() has put it on a host without the registry's disk.
/// Throws Error(not_found) when there is none, Error(bad_input) for what is no id, Error(internal)
/// when a file of it was changed since it was published: of `parts` (subfolders), or of all. All of
/// them are read for that, and `beat` is called every 16 MiB; it may throw.
std::filesystem::path version_folder(const std::filesystem::path& home,
                                     const std::filesystem::path& pretrained,
                                     const std::string& version,
                                     const std::vector<std::string>& parts = {},
                                     const std::function<void()>& beat = {});

/// published_folder() when it is there, else cached_version(), which need not be.
std::filesystem::path local_version(const std::filesystem::path& home, const std::string& version);

/// Whether version_folder() finds one: a version that was removed or retired is not kept warm.
bool has_version(const std::filesystem::path& home, const std::string& version);

}  // namespace store
