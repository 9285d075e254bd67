#pragma once

#include <filesystem>
#include <string>

namespace store {

/// A file with a name that nobody can guess, made in a home folder and removed with this object:
/// who sees it has the same disk. Used by one thread.
class SameDiskProbe {
 public:
  /// Also drops those of processes that died. Throws executor::Error(unavailable) when it cannot be
  /// written.
  explicit SameDiskProbe(const std::filesystem::path& home);
  ~SameDiskProbe();
  SameDiskProbe(const SameDiskProbe&) = delete;
  SameDiskProbe& operator=(const SameDiskProbe&) = delete;

  /// What probe_file() in layout.h makes its path of.
  const std::string& token() const { return token_; }

 private:
  std::string token_;
  std::filesystem::path file_;
};

}  // namespace store
