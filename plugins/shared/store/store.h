#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "executor/executor.h"

namespace store {

/// "v-" and 16 random hexadecimal digits.
std::string new_version_id();

/// The folders of versions under home/store, mode 0700: versions/ (never changed once there),
/// memory/ (what metamodels keep of the things they have learned, by the version that learned
/// it) and staging/ (where trainer and sampler write). The registry alone moves a version out of
/// staging, and removes one.
class Store {
 public:
  /// Makes the folders. Throws Error(bad_config) when it cannot.
  explicit Store(const std::filesystem::path& home);

  /// Where a version lies once it is published. Throws Error(protocol) on what is no id.
  std::filesystem::path folder_of(const std::string& version) const;

  /// Moves a finished version, and what is to be remembered of it, out of staging: sealed (seal.h,
  /// which gives `out` signs of life), one rename, both folders flushed; in the place of what an
  /// earlier attempt moved and nobody committed. A version that was moved before is left as it is.
  /// Throws Error(internal) when the version is not there or lacks model_index.json, or,
  /// `with_replay`, when there is nothing to be remembered of it; nothing is moved then. A disk
  /// that has no room or fails: Error(unavailable), std::filesystem::filesystem_error.
  void publish(const std::string& version, bool with_replay, executor::Outbox& out) const;

  /// Drops what is left in staging for a version.
  void discard(const std::string& version) const;

  /// Removes a published version's folder; its memory stays.
  void remove(const std::string& version) const;
  /// Removes what is kept of the thing that a version learned.
  void forget(const std::string& version) const;

  /// Removes versions and memories that `kept` and `remembered` do not know (a crash came between
  /// rename and commit, or commit and removal), and what was left in staging a day ago or
  /// earlier; nothing of a version that is `in_training`.
  using Known = std::function<bool(const std::string&)>;
  void sweep(const Known& kept, const Known& remembered, const Known& in_training) const;

 private:
  std::filesystem::path staged(const std::string& version) const;
  std::filesystem::path staged_replay(const std::string& version) const;
  std::filesystem::path replay_folder_of(const std::string& version) const;
  void move(const std::filesystem::path& from, const std::filesystem::path& to,
            executor::Outbox& out) const;

  std::filesystem::path versions_;
  std::filesystem::path replay_;
  std::filesystem::path staging_;
};

}  // namespace store
