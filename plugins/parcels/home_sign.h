#pragma once

#include <filesystem>
#include <string>

namespace parcels {

/// A file with a name that nobody can guess, made in a home folder and removed with this object:
/// who sees it has the same disk. Used by one thread.
class HomeSign {
 public:
  /// Also drops those of processes that died. Throws executor::Error(unavailable) when it cannot be
  /// written.
  explicit HomeSign(const std::filesystem::path& home);
  ~HomeSign();
  HomeSign(const HomeSign&) = delete;
  HomeSign& operator=(const HomeSign&) = delete;

  /// What sign() in places.h makes its path of.
  const std::string& token() const { return token_; }

 private:
  std::string token_;
  std::filesystem::path file_;
};

}  // namespace parcels
