#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "executor/executor.h"
#include "schemas/targets.h"

/// Where the computing executors find and leave models. Only ids come in messages, never paths.
namespace store {

using schemas::kPretrained;

/// Throws Error(bad_input) unless `id` is made of 1 to 64 of a-z, 0-9 and '-', which makes it safe
/// as the name of a folder. `what` names it in the text: "version".
void check_id(const std::string& id, const std::string& what);

/// The diffusers folder of a version: `pretrained` for "pretrained", else home/store/versions/ID,
/// or where TransferClient::bring_version() has put it on a host without the registry's disk.
/// Throws Error(not_found) when there is none, Error(bad_input) for what is no id, Error(internal)
/// when a file of it was changed since it was published: of `parts` (subfolders), or of all.
std::filesystem::path version_folder(const std::filesystem::path& home,
                                     const std::filesystem::path& pretrained,
                                     const std::string& version,
                                     const std::vector<std::string>& parts = {});

/// Whether version_folder() finds one: a version that was removed or retired is not kept warm.
bool has_version(const std::filesystem::path& home, const std::string& version);

/// Where the trainer leaves a finished version for the registry to publish: home/store/staging/ID.
std::filesystem::path staging_folder(const std::filesystem::path& home, const std::string& version);

/// Where the trainer keeps a job's checkpoint: home/checkpoints/JOB.
std::filesystem::path checkpoint_folder(const std::filesystem::path& home, const std::string& job);

}  // namespace store
