#pragma once

#include <cstdint>
#include <filesystem>

/// Giving up files by Landlock, in processes without any rights of an administrator.
namespace sandbox {

/// The version of Landlock that this kernel offers to this process; 0 = none.
int landlock_version();

/// The oldest version with which a file can still be moved from one folder to another.
inline constexpr int kLeastLandlock = 2;

/// What is taken away once closed, but for what was allowed before.
enum class Landlocked {
  /// Every use of a file or folder, TCP, abstract sockets and signals to other processes.
  everything,
  /// Reading and changing what files hold, making, moving and removing them, and signals to other
  /// processes. Folders can still be listed, programs started and devices used.
  contents,
};

/// The rules that this thread puts itself under. What the kernel's version does not know it cannot
/// refuse: TCP from version 4 on, signals and abstract sockets from 6 on. Owns a descriptor.
/// Throws std::system_error when the kernel refuses though it has Landlock.
class Landlock {
 public:
  explicit Landlock(Landlocked what);
  ~Landlock();
  Landlock(const Landlock&) = delete;
  Landlock& operator=(const Landlock&) = delete;

  /// Allows it for what lies at or below `path`. What is not there, or cannot be reached, stays
  /// refused.
  void allow_reading(const std::filesystem::path& path);
  void allow_all(const std::filesystem::path& path);

  /// From now on the rules hold for this thread and all that it starts. Needs no_new_privs.
  void close();

 private:
  void allow(const std::filesystem::path& path, std::uint64_t rights);

  std::uint64_t files_;  // the rights that are refused unless allowed
  int rules_ = -1;
};

}  // namespace sandbox
