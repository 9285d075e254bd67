#pragma once

#include <filesystem>
#include <string>

/// Where a stage without a disk in common with the registry keeps what it got from there.
namespace store {

/// home/cache/versions/ID: a version that was pulled.
std::filesystem::path cached_version(const std::filesystem::path& home, const std::string& id);

/// home/store/versions/ID of one's own, else cached_version(). Either may be missing.
std::filesystem::path local_version(const std::filesystem::path& home, const std::string& id);

/// home/store/here/TOKEN: shows who sees this folder.
std::filesystem::path sign(const std::filesystem::path& home, const std::string& token);

/// home/cache/incoming/NAME: what is on its way.
std::filesystem::path incoming(const std::filesystem::path& home, const std::string& name);

}  // namespace store
