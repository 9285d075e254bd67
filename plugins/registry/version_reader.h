#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "registry/version_table.h"

namespace registry {

/// Reads whole versions from disk, one after the other, on a thread of its own, and says which are
/// not as they were published: the registry heads every route, and a model has gigabytes. The
/// functions are for one thread.
class VersionReader {
 public:
  /// Throws when the folder is damaged or cannot be read. Calls `beat` on the way, which throws
  /// when the reader is about to go.
  using Check =
      std::function<void(const std::filesystem::path& folder, const std::function<void()>& beat)>;
  explicit VersionReader(Check check);
  /// Breaks off what is being read.
  ~VersionReader() = default;

  void read(const std::string& version, const std::filesystem::path& folder);

  /// What has come out since the last call. Waits until all is read, at most so long.
  using Findings = std::vector<std::pair<std::string, Condition>>;
  Findings take(std::chrono::milliseconds patience);

 private:
  void work(const std::stop_token& stop);
  Condition condition_of(const std::string& version, const std::filesystem::path& folder,
                         const std::stop_token& stop) const;

  const Check check_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  // Guarded by mutex_. The first is being read.
  std::deque<std::pair<std::string, std::filesystem::path>> waiting_;
  Findings found_;
  std::jthread thread_;  // the last: it uses the others
};

/// Compares every file with its checksum.
void check_all(const std::filesystem::path& folder, const std::function<void()>& beat);

}  // namespace registry
