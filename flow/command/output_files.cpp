#include "flow/command/output_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <ctime>

#include "executor/error.h"

namespace flow::command {
namespace {

namespace fs = std::filesystem;
using executor::Error;

constexpr std::size_t kMaxSlug = 40;

[[noreturn]] void throw_disk(const std::string& what, const std::string& why) {
  throw Error("bad_input", what + ": " + why, "choose another folder with --output-dir");
}

bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

std::string slug(const std::string& text) {
  std::string out;
  for (const unsigned char c : text) {
    if (out.size() >= kMaxSlug) break;
    if (c < 128 && std::isalnum(c)) {
      out += static_cast<char>(std::tolower(c));
    } else if (!out.empty() && out.back() != '-') {
      out += '-';
    }
  }
  while (!out.empty() && out.back() == '-') out.pop_back();
  return out.empty() ? "picture" : out;
}

std::string today() {
  const std::time_t now = std::time(nullptr);
  std::tm calendar{};
  ::localtime_r(&now, &calendar);
  char text[16];
  std::strftime(text, sizeof text, "%Y-%m-%d", &calendar);
  return text;
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw_disk("cannot create the folder " + folder.string(), error.message());
}

bool write_new(const fs::path& file, const schemas::Blob& bytes) {
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (descriptor < 0) {
    if (errno == EEXIST) return false;
    throw_disk("cannot write " + file.string(), std::strerror(errno));
  }
  const bool written = write_all(descriptor, bytes.view());
  const int error = errno;
  ::close(descriptor);
  if (!written) {
    ::unlink(file.c_str());
    throw_disk("cannot write " + file.string(), std::strerror(error));
  }
  return true;
}

NumberedFiles::NumberedFiles(fs::path folder) : folder_(std::move(folder)) {
  make_folder(folder_);
  for (const auto& entry : fs::directory_iterator(folder_)) {
    const std::string name = entry.path().filename();
    std::uint32_t number = 0;
    const auto read = std::from_chars(name.data(), name.data() + name.size(), number);
    if (read.ec == std::errc() && *read.ptr == '-' && number < 100'000'000) {
      next_ = std::max(next_, number + 1);
    }
  }
}

fs::path NumberedFiles::write(const std::string& rest, const schemas::Blob& bytes) {
  while (true) {
    char number[16];
    std::snprintf(number, sizeof number, "%05u", next_++);
    const fs::path file = folder_ / (std::string(number) + "-" + rest + ".png");
    if (write_new(file, bytes)) return file;
  }
}

}  // namespace flow::command
