#include "flow/access/private_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "executor/error.h"
#include "executor/files/file_error.h"
#include "executor/trusted_file.h"

namespace flow::access {
namespace {

namespace fs = std::filesystem;

void write_all(const fs::path& file, const std::string& text) {
  const int descriptor =
      ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  bool good = descriptor >= 0;
  for (std::size_t done = 0; good && done < text.size();) {
    const ssize_t step = ::write(descriptor, text.data() + done, text.size() - done);
    good = step > 0;
    done += good ? static_cast<std::size_t>(step) : 0;
  }
  good = good && ::fsync(descriptor) == 0;
  if (descriptor >= 0) ::close(descriptor);
  if (good) return;
  throw executor::Error("unavailable", "cannot write " + file.string() + ": " + strerror(errno),
                        "is the disk full, or the folder not yours?");
}

fs::path lock_file_of(const fs::path& file) {
  executor::make_private_folder(file.parent_path());
  return file.string() + ".lock";
}

}  // namespace

bool PrivateFile::Stamp::operator==(const Stamp& other) const {
  return inode == other.inode && size == other.size && modified.tv_sec == other.modified.tv_sec &&
         modified.tv_nsec == other.modified.tv_nsec;
}

PrivateFile::Stamp PrivateFile::stamp() const {
  struct stat info {};
  if (::stat(path_.c_str(), &info) != 0) return {};
  return {info.st_ino, info.st_size, info.st_mtim};
}

bool PrivateFile::changed() const {
  return !read_at_ || !(*read_at_ == stamp());
}

std::string PrivateFile::read() {
  read_at_ = stamp();
  if (read_at_->size < 0) return "";
  return executor::read_secret_file(path_, kMaxAccessFileBytes);
}

PrivateFile::Lock::Lock(const PrivateFile& file) try : lock_(lock_file_of(file.path_)) {
  lock_.lock();
} catch (const files::Error& error) {
  throw executor::Error("unavailable", error.what(), "is the disk full, or the folder not yours?");
}

void PrivateFile::write(const std::string& text) {
  if (text.size() > kMaxAccessFileBytes) {
    throw executor::Error("bad_input",
                          path_.string() + " would have " + std::to_string(text.size()) +
                              " bytes, more than the " + std::to_string(kMaxAccessFileBytes) +
                              " that are read",
                          "revoke what is no longer used first");
  }
  executor::make_private_folder(path_.parent_path());
  const fs::path beside = path_.string() + ".new";
  write_all(beside, text);
  std::error_code error;
  fs::rename(beside, path_, error);
  if (error) {
    throw executor::Error("unavailable", "cannot write " + path_.string() + ": " + error.message(),
                          "is the folder yours?");
  }
  const int folder = ::open(path_.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder >= 0) {
    ::fsync(folder);
    ::close(folder);
  }
  read_at_ = stamp();
}

}  // namespace flow::access
