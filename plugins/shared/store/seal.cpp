#include "store/seal.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "executor/error.h"
#include "executor/fault_point.h"
#include "executor/files/checksums.h"
#include "executor/files/durable_file.h"
#include "executor/files/file_error.h"
#include "executor/full_disk.h"
#include "store/transfer_limits.h"

namespace store {
namespace {

namespace fs = std::filesystem;

void flush_file(const fs::path& file) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  const bool flushed = fd >= 0 && ::fsync(fd) == 0;
  const std::error_code why(errno, std::system_category());
  if (fd >= 0) ::close(fd);
  if (!flushed) throw fs::filesystem_error("cannot be flushed to disk", file, why);
}

// Throws Error(internal) on what is no plain file.
std::uint64_t bytes_of_tree(const fs::path& folder) {
  std::uint64_t bytes = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_symlink() || !(entry.is_directory() || entry.is_regular_file())) {
      throw executor::Error("internal", entry.path().string() + " is no plain file");
    }
    if (entry.is_regular_file()) bytes += entry.file_size();
  }
  return bytes;
}

void flush_tree(const fs::path& folder, executor::Outbox& out) {
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    out.expect_silence(time_to_flush_ms(entry.is_directory() ? 0 : entry.file_size()));
    flush_file(entry.path());
  }
  files::flush_folder(folder);
}

}  // namespace

void seal(const fs::path& folder, executor::Outbox& out) {
  const auto beat = [&out] {
    if (out.cancelled()) throw executor::Cancelled();
  };
  try {
    out.expect_silence(time_to_flush_ms(bytes_of_tree(folder)));
    executor::fault_point("publish.begin");
    files::write_checksums(folder, beat);
    flush_tree(folder, out);
    executor::fault_point("publish.flushed");
  } catch (const files::DiskFull& error) {
    throw executor::Error("unavailable", error.what(), executor::kFullDiskHint);
  } catch (const files::Error& error) {
    throw executor::Error("internal", error.what());
  }
}

bool is_sealed(const fs::path& folder) {
  return fs::is_regular_file(folder / files::kChecksumsFile);
}

}  // namespace store
