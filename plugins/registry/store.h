#pragma once

#include <filesystem>
#include <functional>
#include <string>

namespace registry {

/// Whether `id` may become the name of a folder: [a-z0-9-]{1,64}.
bool is_version_id(const std::string& id);

/// "v-" and 16 random hexadecimal digits.
std::string new_version_id();

/// The folders of versions under home/store, mode 0700: versions/ (never changed once there) and
/// staging/ (where trainers write). The registry alone moves a version from one to the other.
class Store {
 public:
  /// Makes the folders. Throws Error(bad_config) when it cannot.
  explicit Store(const std::filesystem::path& home);

  /// Where a version lies once it is published. Throws Error(protocol) on what is no id.
  std::filesystem::path folder_of(const std::string& version) const;

  /// Moves a finished version out of staging: every file flushed to disk, one rename, both folders
  /// flushed. A version that was moved before is left as it is. Throws Error(internal) when the
  /// version is not there or lacks model_index.json.
  void publish(const std::string& version) const;

  /// Drops what a trainer left in staging.
  void discard(const std::string& version) const;

  /// Removes versions that `known` does not know (a crash came between rename and commit), and what
  /// was left in staging a day ago or earlier.
  void sweep(const std::function<bool(const std::string&)>& known) const;

 private:
  std::filesystem::path staged(const std::string& version) const;

  std::filesystem::path versions_;
  std::filesystem::path staging_;
};

}  // namespace registry
