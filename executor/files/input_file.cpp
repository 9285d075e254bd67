#include "executor/files/input_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>

#include "executor/files/fail.h"

namespace files {
namespace {

constexpr const char* kUnread = "cannot be read";
constexpr std::size_t kLeastStep = 4096;

[[noreturn]] void refuse_kind(const std::filesystem::path& path) {
  throw Error(path.string() + ": cannot be read: it is not a regular file");
}

// Looked at before it is opened as well: opening some devices is an act by itself.
int open_regular(const std::filesystem::path& path) {
  struct stat named {};
  if (::stat(path.c_str(), &named) != 0) fail(path, kUnread);
  if (!S_ISREG(named.st_mode)) refuse_kind(path);
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (descriptor < 0) fail(path, kUnread);
  return descriptor;
}

}  // namespace

std::filesystem::path real_path_of(int descriptor, const std::filesystem::path& path) {
  std::error_code error;
  auto found = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(descriptor), error);
  if (error) throw Error(path.string() + ": nobody knows where it lies: " + error.message());
  return found;
}

InputFile::InputFile(const std::filesystem::path& path)
    : path_(path), descriptor_(open_regular(path)) {
  const bool known = ::fstat(descriptor_, &status_) == 0;
  if (known && S_ISREG(status_.st_mode)) return;
  ::close(descriptor_);
  refuse_kind(path);
}

InputFile::~InputFile() {
  ::close(descriptor_);
}

std::size_t InputFile::read(char* to, std::size_t count, std::uint64_t offset) const {
  std::size_t done = 0;
  while (done < count) {
    const auto step =
        ::pread(descriptor_, to + done, count - done, static_cast<off_t>(offset + done));
    if (step < 0 && errno == EINTR) continue;
    if (step < 0) fail(path_, kUnread);
    if (step == 0) break;
    done += static_cast<std::size_t>(step);
  }
  return done;
}

std::string InputFile::text(std::size_t most_bytes) const {
  const auto refuse = [&](std::uint64_t bytes) {
    throw Error(path_.string() + ": cannot be read: its " + std::to_string(bytes) +
                " bytes are more than the " + std::to_string(most_bytes) + " that are read");
  };
  if (size() > most_bytes) refuse(size());
  std::string bytes;
  for (std::size_t done = 0;;) {
    // One byte more than is expected, which tells the end. Files of /proc say that they are empty.
    const auto wanted = std::max({static_cast<std::size_t>(size()) + 1, done * 2, kLeastStep});
    bytes.resize(std::min(wanted, most_bytes + 1));
    done += read(bytes.data() + done, bytes.size() - done, done);
    if (done > most_bytes) refuse(done);
    if (done < bytes.size()) {
      bytes.resize(done);
      return bytes;
    }
  }
}

}  // namespace files
