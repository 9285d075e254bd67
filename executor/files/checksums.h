#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace files {

/// CRC-32 (ISO 3309, as zlib's), fed piece by piece: finds every changed byte, and of larger damage
/// all but one in 2^32. Against accidents of disks, not against people.
class Crc32 {
 public:
  void add(std::string_view bytes);
  /// In kChecksumDigits hexadecimal digits.
  std::string digits() const;

 private:
  std::uint32_t value_ = 0;
};

/// Digits of the checksum of bytes that are there as a whole.
inline constexpr std::size_t kChecksumDigits = 8;
std::string checksum_of(std::string_view bytes);

/// The file of checksums in a folder.
inline constexpr const char* kChecksumsFile = "checksums.json";

/// Notes name, size and checksum of every file in a folder and below, in kChecksumsFile. Calls
/// `beat` before each kBeatBytes that it reads: gigabytes take a while. Throws Error, also for what
/// is neither file nor folder, DiskFull for want of room, and what `beat` throws.
inline constexpr std::size_t kBeatBytes = std::size_t{16} * 1024 * 1024;
void write_checksums(const std::filesystem::path& folder, const std::function<void()>& beat = {});

/// Throws Error naming the file when one of those noted is not there or not as it was noted, or
/// when the notes cannot be read. `parts`: look at these subfolders and what lies beside them
/// alone; none: at all. `beat` as above. A folder without notes (of an earlier souvenir, or
/// somebody else's) is taken as it is.
void check_checksums(const std::filesystem::path& folder,
                     const std::vector<std::string>& parts = {},
                     const std::function<void()>& beat = {});

}  // namespace files
