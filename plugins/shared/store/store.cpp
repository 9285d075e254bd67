#include "store/store.h"

#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

#include "executor/error.h"
#include "executor/fault_point.h"
#include "executor/files/durable_file.h"
#include "executor/files/file_error.h"
#include "executor/files/random_id.h"
#include "schemas/id.h"
#include "store/seal.h"

namespace store {
namespace {

namespace fs = std::filesystem;

constexpr auto kStagingKept = std::chrono::hours(24);
constexpr std::string_view kReplaySuffix = "-replay";

void make_private_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (!error) fs::permissions(folder, fs::perms::owner_all, error);
  if (error) {
    throw executor::Error("bad_config", folder.string() + ": " + error.message(),
                          "make it writable, or set SOUVENIR_HOME to a folder that is");
  }
}

std::vector<fs::path> entries_of(const fs::path& folder) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(folder)) found.push_back(entry.path());
  return found;
}

// Of a folder or a memory.
std::string version_in(const fs::path& entry) {
  auto name = entry.filename().string();
  if (name.ends_with(kReplaySuffix)) name.resize(name.size() - kReplaySuffix.size());
  return name;
}

}  // namespace

std::string new_version_id() {
  return files::random_id("v-");
}

Store::Store(const fs::path& home)
    : versions_(home / "store" / "versions"),
      replay_(home / "store" / "replay"),
      staging_(home / "store" / "staging") {
  for (const auto& folder : {home / "store", versions_, replay_, staging_}) {
    make_private_folder(folder);
  }
}

fs::path Store::folder_of(const std::string& version) const {
  if (!schemas::is_id(version)) throw executor::Error("protocol", "a version id is malformed");
  return versions_ / version;
}

fs::path Store::replay_folder_of(const std::string& version) const {
  return replay_ / folder_of(version).filename();
}

fs::path Store::staged(const std::string& version) const {
  return staging_ / folder_of(version).filename();
}

fs::path Store::staged_replay(const std::string& version) const {
  return staging_ / (folder_of(version).filename().string() + std::string(kReplaySuffix));
}

void Store::publish(const std::string& version, bool with_replay, executor::Outbox& out) const {
  const fs::path from = staged(version);
  const fs::path to = folder_of(version);
  // Renamed before, but not committed: the caller commits now.
  const bool moved = !fs::exists(from) && fs::exists(to / "model_index.json");
  if (!moved && !fs::is_regular_file(from / "model_index.json")) {
    throw executor::Error("internal", "version " + version + " is not in the staging area",
                          "the trainer has not written a model folder; train again");
  }
  const bool remembered =
      fs::exists(staged_replay(version)) || fs::exists(replay_folder_of(version));
  if (with_replay && !remembered) {
    throw executor::Error("internal", "what version " + version + " is to remember is gone",
                          "a metamodel without it would forget the thing; train again");
  }
  if (!moved) move(from, to, out);
  if (fs::exists(staged_replay(version))) {
    move(staged_replay(version), replay_folder_of(version), out);
  }
}

void Store::move(const fs::path& from, const fs::path& to, executor::Outbox& out) const {
  seal(from, out);
  try {
    fs::remove_all(to);  // of an earlier attempt, which was moved and never committed
    fs::rename(from, to);
    executor::fault_point("publish.renamed");
    files::flush_folder(to.parent_path());
    files::flush_folder(staging_);
  } catch (const files::Error& error) {
    throw executor::Error("internal", error.what());
  }
}

void Store::discard(const std::string& version) const {
  std::error_code ignored;
  fs::remove_all(staged(version), ignored);
  fs::remove_all(staged_replay(version), ignored);
}

void Store::remove(const std::string& version) const {
  std::error_code ignored;  // what stays is swept at the next start
  fs::remove_all(folder_of(version), ignored);
}

void Store::forget(const std::string& version) const {
  std::error_code ignored;
  fs::remove_all(replay_folder_of(version), ignored);
}

void Store::sweep(const Known& kept, const Known& remembered, const Known& in_training) const {
  std::error_code ignored;
  const auto clear = [&](const fs::path& folder, const auto& stays) {
    for (const auto& entry : entries_of(folder)) {
      const auto version = version_in(entry);
      if (!stays(version, entry) && !in_training(version)) fs::remove_all(entry, ignored);
    }
  };
  clear(versions_, [&](const std::string& version, const fs::path&) { return kept(version); });
  clear(replay_, [&](const std::string& version, const fs::path&) { return remembered(version); });
  const auto now = fs::file_time_type::clock::now();
  clear(staging_, [&](const std::string&, const fs::path& entry) {
    std::error_code unknown;
    const auto written = fs::last_write_time(entry, unknown);
    return unknown || now - written <= kStagingKept;
  });
}

}  // namespace store
