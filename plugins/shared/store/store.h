#pragma once

#include <filesystem>
#include <functional>
#include <set>
#include <string>

#include "store/trash.h"

namespace store {

/// "v-" and 16 random hexadecimal digits.
std::string new_version_id();

/// The registry's hand on home/store and home/checkpoints (layout.h): only here is a version moved
/// out of staging, and removed. Nothing takes long: what is read and flushed is sealed before
/// (seal.h), and what is removed goes by way of a Trash. Used by one thread.
class Store {
 public:
  /// Makes the folders, mode 0700. Throws Error(bad_config) when it cannot.
  explicit Store(const std::filesystem::path& home);

  /// Where a version lies once it is published. Throws Error(protocol) on what is no id.
  std::filesystem::path folder_of(const std::string& version) const;

  /// Moves a finished version, and what is to be remembered of it, out of staging: one rename, both
  /// folders flushed; in the place of what an earlier attempt moved and nobody committed. A version
  /// that was moved before is left as it is. Throws Error(internal) when the version is not there,
  /// lacks model_index.json or is not sealed, or, `with_replay`, when there is nothing to be
  /// remembered of it; nothing is moved then. A disk that has no room or fails:
  /// std::filesystem::filesystem_error.
  void publish(const std::string& version, bool with_replay);

  /// Drops what is left in staging for a version.
  void discard(const std::string& version);
  /// Removes a published version's folder; its replay stays.
  void remove(const std::string& version);
  /// Removes what is kept of the thing that a version learned.
  void forget(const std::string& version);
  /// Drops a job's checkpoint, and what of its transfers has not come to its end.
  void drop_job(const std::string& job);
  /// The same of all jobs but these.
  void drop_jobs_but(const std::set<std::string>& jobs);

  /// Removes versions and replays that `kept` and `remembered` do not know (a crash came between
  /// rename and commit, or commit and removal), and what was left in staging a day ago or
  /// earlier; nothing of a version that is `in_training`.
  using Known = std::function<bool(const std::string&)>;
  void sweep(const Known& kept, const Known& remembered, const Known& in_training);

 private:
  void move(const std::filesystem::path& from, const std::filesystem::path& to);

  std::filesystem::path home_;
  Trash trash_;
};

}  // namespace store
