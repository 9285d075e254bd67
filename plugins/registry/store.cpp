#include "registry/store.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <random>
#include <vector>

#include "diffusion/durable_file.h"
#include "diffusion/error.h"
#include "executor/error.h"

namespace registry {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxIdBytes = 64;
constexpr auto kStagingKept = std::chrono::hours(24);

void make_private_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (!error) fs::permissions(folder, fs::perms::owner_all, error);
  if (error) {
    throw executor::Error("bad_config", folder.string() + ": " + error.message(),
                          "make it writable, or set SOUVENIR_HOME to a folder that is");
  }
}

void flush_file(const fs::path& file) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  const bool flushed = fd >= 0 && ::fsync(fd) == 0;
  const int why = errno;
  if (fd >= 0) ::close(fd);
  if (!flushed) {
    throw executor::Error("internal",
                          file.string() + " cannot be flushed to disk: " + std::strerror(why));
  }
}

void flush_tree(const fs::path& folder) {
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_symlink() || !(entry.is_directory() || entry.is_regular_file())) {
      throw executor::Error("internal", entry.path().string() + " is no plain file");
    }
    flush_file(entry.path());
  }
  diffusion::flush_folder(folder);
}

std::vector<fs::path> entries_of(const fs::path& folder) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(folder)) found.push_back(entry.path());
  return found;
}

}  // namespace

bool is_version_id(const std::string& id) {
  return !id.empty() && id.size() <= kMaxIdBytes && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

std::string new_version_id() {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::random_device random;
  std::string id = "v-";
  for (int digit = 0; digit < 16; ++digit) id += kDigits[random() & 15];
  return id;
}

Store::Store(const fs::path& home)
    : versions_(home / "store" / "versions"), staging_(home / "store" / "staging") {
  for (const auto& folder : {home / "store", versions_, staging_}) make_private_folder(folder);
}

fs::path Store::folder_of(const std::string& version) const {
  if (!is_version_id(version)) throw executor::Error("protocol", "a version id is malformed");
  return versions_ / version;
}

fs::path Store::staged(const std::string& version) const {
  return staging_ / folder_of(version).filename();
}

void Store::publish(const std::string& version) const {
  const fs::path from = staged(version);
  const fs::path to = folder_of(version);
  // Renamed before, but not committed: the caller commits now.
  if (!fs::exists(from) && fs::exists(to / "model_index.json")) return;
  if (!fs::is_regular_file(from / "model_index.json")) {
    throw executor::Error("internal", "version " + version + " is not in the staging area",
                          "the trainer has not written a model folder; train again");
  }
  try {
    flush_tree(from);
    fs::rename(from, to);
    diffusion::flush_folder(versions_);
    diffusion::flush_folder(staging_);
  } catch (const fs::filesystem_error& error) {
    throw executor::Error("internal", error.what());
  } catch (const diffusion::Error& error) {
    throw executor::Error("internal", error.what());
  }
}

void Store::discard(const std::string& version) const {
  std::error_code ignored;
  fs::remove_all(staged(version), ignored);
}

void Store::sweep(const std::function<bool(const std::string&)>& known) const {
  std::error_code ignored;
  for (const auto& folder : entries_of(versions_)) {
    if (!known(folder.filename().string())) fs::remove_all(folder, ignored);
  }
  const auto now = fs::file_time_type::clock::now();
  for (const auto& folder : entries_of(staging_)) {
    const auto written = fs::last_write_time(folder, ignored);
    if (!ignored && now - written > kStagingKept) fs::remove_all(folder, ignored);
  }
}

}  // namespace registry
