#include "executor/files/durable_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "executor/files/fail.h"
#include "executor/files/input_file.h"

namespace files {
namespace {

constexpr std::size_t kCopyBytes = 1 << 20;

class Descriptor {
 public:
  Descriptor(const std::filesystem::path& path, int flags, mode_t mode = 0)
      : path_(path), fd_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {
    if (fd_ < 0) fail(path_, "cannot be opened");
  }
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  void append(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto written = ::write(fd_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) fail(path_, "cannot be written");
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
  }
  void flush() {
    if (::fsync(fd_) != 0) fail(path_, "cannot be flushed to disk");
  }
  void close() {
    if (::close(std::exchange(fd_, -1)) != 0) fail(path_, "cannot be closed");
  }

 private:
  std::filesystem::path path_;
  int fd_;
};

// Removes the unfinished file unless it was renamed.
class Unfinished {
 public:
  explicit Unfinished(const std::filesystem::path& path)
      : path_(path.string() + ".tmp-" + std::to_string(::getpid())) {}
  ~Unfinished() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;

  const std::filesystem::path& path() const { return path_; }
  void rename_to(const std::filesystem::path& path) {
    if (::rename(path_.c_str(), path.c_str()) != 0) fail(path, "cannot be put in its place");
    path_.clear();
  }

 private:
  std::filesystem::path path_;
};

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

}  // namespace

void write_durably(const std::filesystem::path& path,
                   const std::function<void(const Append&)>& write) {
  Unfinished unfinished(path);
  Descriptor file(unfinished.path(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  write([&](std::string_view bytes) { file.append(bytes); });
  file.flush();
  file.close();
  unfinished.rename_to(path);
  flush_folder(folder_of(path));
}

void flush_folder(const std::filesystem::path& folder) {
  Descriptor(folder, O_RDONLY | O_DIRECTORY).flush();
}

void flush_tree(const std::filesystem::path& folder,
                const std::function<void(std::uint64_t bytes)>& before) {
  with_file_errors([&] {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      require_plain(entry);
      if (before) before(entry.is_directory() ? 0 : entry.file_size());
      Descriptor(entry.path(), O_RDONLY | O_NOFOLLOW).flush();
    }
  });
  flush_folder(folder);
}

void copy_durably(const std::filesystem::path& from, const std::filesystem::path& to) {
  copy_durably(InputFile(from), to);
}

void copy_durably(const InputFile& from, const std::filesystem::path& to) {
  write_durably(to, [&](const Append& append) {
    std::vector<char> block(kCopyBytes);
    for (std::uint64_t done = 0; const auto count = from.read(block.data(), block.size(), done);) {
      append({block.data(), count});
      done += count;
    }
  });
}

}  // namespace files
