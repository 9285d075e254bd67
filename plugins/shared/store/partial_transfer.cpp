#include "store/partial_transfer.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "executor/error.h"
#include "executor/files/durable_file.h"
#include "executor/files/file_error.h"
#include "executor/files/read_file.h"
#include "store/transfer_limits.h"

namespace store {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFiles = "files";  // the packed list
constexpr const char* kTree = "tree";    // what has arrived

[[noreturn]] void refuse(const std::string& cause) {
  throw executor::Error("protocol", "a transfer " + cause);
}

void on_disk(const std::function<void()>& work) {
  try {
    work();
  } catch (const fs::filesystem_error& error) {
    throw executor::Error("unavailable", error.what(), "make room on the disk of SOUVENIR_HOME");
  } catch (const files::Error& error) {
    throw executor::Error("unavailable", error.what(), "make room on the disk of SOUVENIR_HOME");
  }
}

std::string list_of(const Files& files) {
  return schemas::pack(schemas::Manifest{.kind = "", .id = "", .files = files});
}

// All of `bytes` at `offset`, or an exception; the file is not made longer than that.
void write_at(const fs::path& path, std::uint64_t offset, std::string_view bytes) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  bool good = fd >= 0;
  for (std::size_t done = 0; good && done < bytes.size();) {
    const auto written =
        ::pwrite(fd, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
    if (written < 0 && errno == EINTR) continue;
    good = written > 0;
    if (good) done += static_cast<std::size_t>(written);
  }
  const int why = errno;
  if (fd >= 0) ::close(fd);
  if (good) return;
  std::error_code ignored;
  if (fs::exists(path, ignored)) fs::resize_file(path, offset, ignored);
  throw executor::Error("unavailable", path.string() + ": " + std::strerror(why),
                        "make room on the disk of SOUVENIR_HOME");
}

// Where the file system can, at one stroke: the reader finds the old folder or the new one.
void put_in_place(const fs::path& from, const fs::path& to) {
  fs::create_directories(to.parent_path());
  if (fs::exists(to)) {
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_EXCHANGE) == 0) return;
    fs::remove_all(to);
  }
  fs::rename(from, to);
}

}  // namespace

PartialTransfer::PartialTransfer(fs::path folder, Files files, const std::function<void()>& beat)
    : folder_(std::move(folder)), files_(std::move(files)), parts_(files_.size()) {
  require_sound(files_);
  const auto list = list_of(files_);
  on_disk([&] {
    if (!fs::exists(folder_ / kFiles) || files::read_file(folder_ / kFiles) != list) {
      fs::remove_all(folder_);
      fs::create_directories(folder_);
      files::write_durably(folder_ / kFiles, [&](const auto& append) { append(list); });
    }
    for (std::size_t i = 0; i < files_.size(); ++i) open(i, beat);
  });
}

fs::path PartialTransfer::path_of(std::size_t file) const {
  return folder_ / kTree / files_[file].name;
}

void PartialTransfer::open(std::size_t file, const std::function<void()>& beat) {
  const auto path = path_of(file);
  fs::create_directories(path.parent_path());
  if (!fs::exists(path)) std::ofstream(path).close();
  auto here = files_[file];
  here.bytes = fs::file_size(path);
  if (here.bytes > files_[file].bytes) fs::resize_file(path, here.bytes = 0);
  Part& part = parts_[file];
  while (part.bytes < here.bytes) {
    beat();
    const auto piece = read_piece(folder_ / kTree, here, part.bytes);
    part.hash.add(piece.view());
    part.bytes += piece.size();
  }
}

std::vector<std::uint64_t> PartialTransfer::held() const {
  std::vector<std::uint64_t> held;
  for (const auto& part : parts_) held.push_back(part.bytes);
  return held;
}

bool PartialTransfer::add(std::uint64_t file, std::uint64_t offset, std::string_view bytes,
                          const std::string& sha256) {
  if (file >= files_.size()) refuse("has no file " + std::to_string(file));
  const auto& announced = files_[file];
  Part& part = parts_[file];
  if (offset != part.bytes) {
    refuse("goes on at byte " + std::to_string(part.bytes) + " of " + announced.name + ", not at " +
           std::to_string(offset));
  }
  if (bytes.empty() || bytes.size() > kPieceBytes || bytes.size() > announced.bytes - offset) {
    refuse("has " + std::to_string(announced.bytes - offset) + " more bytes of " + announced.name +
           ", in pieces of 1 to " + std::to_string(kPieceBytes) + "; this one has " +
           std::to_string(bytes.size()));
  }
  if (files::sha256_of(bytes) != sha256) return false;
  write_at(path_of(file), offset, bytes);
  part.hash.add(bytes);
  part.bytes += bytes.size();
  return true;
}

void PartialTransfer::finish(const fs::path& to) {
  for (std::size_t i = 0; i < files_.size(); ++i) {
    if (parts_[i].bytes != files_[i].bytes) {
      refuse("lacks bytes of " + files_[i].name + ": " + std::to_string(parts_[i].bytes) + " of " +
             std::to_string(files_[i].bytes) + " are here");
    }
    auto hash = parts_[i].hash;
    if (hash.finish() == files_[i].sha256) continue;
    parts_[i] = {};
    std::error_code ignored;
    fs::resize_file(path_of(i), 0, ignored);
    refuse("has another " + files_[i].name + " than was announced");
  }
  on_disk([&] {
    files::flush_tree(folder_ / kTree);
    put_in_place(folder_ / kTree, to);
    files::flush_folder(to.parent_path());
    fs::remove_all(folder_);
  });
}

}  // namespace store
