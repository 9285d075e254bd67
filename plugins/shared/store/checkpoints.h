#pragma once

#include <filesystem>
#include <set>
#include <string>

#include "store/trash.h"

namespace store {

/// Removes what a trainer leaves behind on its host (layout.h): checkpoints have gigabytes, and the
/// next job must not wait until their bytes are given back, so a Trash does that. Used by one
/// thread. Nothing here throws: what cannot be removed now is replaced or swept later.
class Checkpoints {
 public:
  explicit Checkpoints(const std::filesystem::path& home);

  /// The job is over.
  void drop(const std::string& job);
  /// The same of all jobs but these.
  void drop_but(const std::set<std::string>& jobs);
  /// What is left in staging for a version, and of what is to be remembered of it.
  void drop_staged(const std::string& version);

 private:
  std::filesystem::path home_;
  Trash trash_;
};

}  // namespace store
