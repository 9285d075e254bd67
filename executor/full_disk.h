#pragma once

#include <cerrno>
#include <exception>
#include <system_error>

namespace executor {

/// What to do about it.
inline constexpr const char* kFullDiskHint = "make room on the disk of SOUVENIR_HOME";

/// Whether an error of the system (std::filesystem's too) says that a disk, or somebody's share of
/// it, has no room left.
inline bool is_full_disk(const std::exception& error) {
  const auto* told = dynamic_cast<const std::system_error*>(&error);
  if (told == nullptr) return false;
  return told->code() == std::errc::no_space_on_device ||
         told->code() == std::error_code(EDQUOT, std::system_category());
}

}  // namespace executor
