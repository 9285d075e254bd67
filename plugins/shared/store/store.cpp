#include "store/store.h"

#include <chrono>
#include <vector>

#include "executor/error.h"
#include "executor/fault_point.h"
#include "executor/files/durable_file.h"
#include "executor/files/file_error.h"
#include "executor/files/random_id.h"
#include "executor/files/trusted.h"
#include "schemas/id.h"
#include "store/layout.h"
#include "store/seal.h"

namespace store {
namespace {

namespace fs = std::filesystem;

constexpr auto kStagingKept = std::chrono::hours(24);

void make_folder(const fs::path& folder) {
  try {
    files::make_private_folder(folder);
  } catch (const files::Error& error) {
    throw executor::Error("bad_config", error.what(),
                          "set SOUVENIR_HOME to a folder of yours that can be written");
  }
}

std::vector<fs::path> entries_of(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code not_there;
  for (const auto& entry : fs::directory_iterator(folder, not_there)) found.push_back(entry.path());
  return found;
}

}  // namespace

std::string new_version_id() {
  return files::random_id("v-");
}

Store::Store(const fs::path& home) : home_(home), trash_(removed_folder(home)) {
  for (const auto& folder :
       {store_folder(home), all_versions(home), all_replays(home), all_staged(home)}) {
    make_folder(folder);
  }
}

fs::path Store::folder_of(const std::string& version) const {
  if (!schemas::is_id(version)) throw executor::Error("protocol", "a version id is malformed");
  return published_folder(home_, version);
}

void Store::publish(const std::string& version, bool with_replay) {
  const fs::path to = folder_of(version);
  const fs::path from = staging_folder(home_, version);
  const fs::path replay = staged_replay_folder(home_, version);
  // Renamed before, but not committed: the caller commits now.
  const bool moved = !fs::exists(from) && fs::exists(to / "model_index.json");
  if (!moved && !fs::is_regular_file(from / "model_index.json")) {
    throw executor::Error("internal", "version " + version + " is not in the staging area",
                          "the trainer has not written a model folder; train again");
  }
  if (with_replay && !fs::exists(replay) && !fs::exists(replay_folder(home_, version))) {
    throw executor::Error("internal", "what version " + version + " is to remember is gone",
                          "a metamodel without it would forget the thing; train again");
  }
  for (const auto& folder : {from, replay}) {
    if (!fs::exists(folder) || is_sealed(folder)) continue;
    throw executor::Error("internal", folder.string() + " is not sealed",
                          "the route has to lead from the trainer through storage to the registry");
  }
  if (!moved) move(from, to);
  if (fs::exists(replay)) move(replay, replay_folder(home_, version));
}

void Store::move(const fs::path& from, const fs::path& to) {
  try {
    if (fs::exists(to)) trash_.drop(to);  // of an earlier attempt, moved and never committed
    fs::rename(from, to);
    executor::fault_point("publish.renamed");
    files::flush_folder(to.parent_path());
    files::flush_folder(from.parent_path());
  } catch (const files::Error& error) {
    throw executor::Error("internal", error.what());
  }
}

void Store::discard(const std::string& version) {
  trash_.drop(staging_folder(home_, version));
  trash_.drop(staged_replay_folder(home_, version));
}

void Store::remove(const std::string& version) {
  trash_.drop(folder_of(version));
}

void Store::forget(const std::string& version) {
  trash_.drop(replay_folder(home_, version));
}

void Store::drop_job(const std::string& job) {
  if (!schemas::is_id(job)) return;
  trash_.drop(arriving_folder(home_, job));
  trash_.drop(checkpoint_folder(home_, job));
}

void Store::drop_jobs_but(const std::set<std::string>& jobs) {
  for (const auto& folder : {all_arriving(home_), all_checkpoints(home_)}) {
    for (const auto& entry : entries_of(folder)) {
      if (!jobs.contains(entry.filename().string())) trash_.drop(entry);
    }
  }
}

void Store::sweep(const Known& kept, const Known& remembered, const Known& in_training) {
  const auto clear = [&](const fs::path& folder, const auto& stays) {
    for (const auto& entry : entries_of(folder)) {
      const auto version = version_of_entry(entry);
      if (!stays(version, entry) && !in_training(version)) trash_.drop(entry);
    }
  };
  clear(all_versions(home_), [&](const auto& version, const auto&) { return kept(version); });
  clear(all_replays(home_), [&](const auto& version, const auto&) { return remembered(version); });
  const auto now = fs::file_time_type::clock::now();
  clear(all_staged(home_), [&](const auto&, const fs::path& entry) {
    std::error_code unknown;
    const auto written = fs::last_write_time(entry, unknown);
    return unknown || now - written <= kStagingKept;
  });
}

}  // namespace store
