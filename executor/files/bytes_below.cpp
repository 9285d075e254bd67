#include "executor/files/bytes_below.h"

#include <system_error>

namespace files {

std::uint64_t bytes_below(const std::filesystem::path& folder) {
  std::uint64_t bytes = 0;
  std::error_code gone;
  std::filesystem::recursive_directory_iterator entry(folder, gone);
  for (; entry != std::filesystem::recursive_directory_iterator(); entry.increment(gone)) {
    if (!entry->is_regular_file(gone)) continue;
    const auto size = entry->file_size(gone);
    if (!gone) bytes += size;
  }
  return bytes;
}

}  // namespace files
