#pragma once

#include <cerrno>
#include <exception>
#include <system_error>

namespace executor {

/// The hint for a full disk.
inline constexpr const char* kFullDiskHint = "make room on the disk of SOUVENIR_HOME";

/// Whether a system error (std::filesystem's too) says that a disk or a disk quota is full.
inline bool is_full_disk(const std::exception& error) {
  const auto* told = dynamic_cast<const std::system_error*>(&error);
  if (told == nullptr) return false;
  return told->code() == std::errc::no_space_on_device ||
         told->code() == std::error_code(EDQUOT, std::system_category());
}

}  // namespace executor
