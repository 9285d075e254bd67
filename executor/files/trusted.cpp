#include "executor/files/trusted.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <optional>
#include <system_error>

#include "executor/files/fail.h"
#include "executor/files/input_file.h"

namespace files {
namespace {

namespace fs = std::filesystem;

constexpr const char* kUnseen = "cannot be looked at";
constexpr mode_t kWrite = 022, kAll = 077, kGroup = 070;

// A group without an entry may be named by its number: those of containers seldom have one.
std::optional<gid_t> group_of(const std::string& text) {
  if (text.empty()) return std::nullopt;
  if (const group* entry = ::getgrnam(text.c_str())) return entry->gr_gid;
  char* end = nullptr;
  const auto number = std::strtoul(text.c_str(), &end, 10);
  const bool fits =
      text.front() >= '0' && text.front() <= '9' && *end == '\0' && number < static_cast<gid_t>(-1);
  return fits ? std::optional(static_cast<gid_t>(number)) : std::nullopt;
}

// Of the user's name, and with no other member.
bool is_users_own(gid_t id) {
  const passwd* user = ::getpwuid(::geteuid());
  if (user == nullptr || user->pw_gid != id) return false;
  const std::string name = user->pw_name;
  const group* entry = ::getgrgid(id);
  if (entry == nullptr || name != entry->gr_name) return false;
  for (char** member = entry->gr_mem; *member != nullptr; ++member) {
    if (name != *member) return false;
  }
  return true;
}

bool is_trusted_group(gid_t id) {
  const char* named = std::getenv(kTrustGroupVariable);
  return (named != nullptr && group_of(named) == id) || is_users_own(id);
}

[[noreturn]] void refuse(const fs::path& path, const std::string& why, const std::string& remedy) {
  throw Error(path.string() + " " + why + "; " + remedy);
}

void require(const fs::path& path, const struct stat& status, mode_t forbidden) {
  if (status.st_uid != 0 && status.st_uid != ::geteuid()) {
    refuse(path, "belongs to user " + std::to_string(status.st_uid) + ", who could change it",
           "name one of your own, or of root's");
  }
  mode_t open = status.st_mode & forbidden;
  if ((open & kGroup) != 0 && is_trusted_group(status.st_gid)) open &= ~kGroup;
  if (open == 0) return;
  const bool secret = forbidden == kAll;
  refuse(path,
         secret ? "is secret, but others than its owner can read or write it"
                : "can be written by others than its owner",
         secret ? "chmod 600 " + path.string() + ", and make new keys if others may have read it"
                : "chmod go-w " + path.string() + ", once you know that nobody has changed it");
}

// Held, so that what was looked at is what lies at the path that the kernel names.
struct OpenFolder {
  explicit OpenFolder(const fs::path& folder)
      : descriptor(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {
    if (descriptor < 0) fail(folder, kUnseen);
  }
  ~OpenFolder() { ::close(descriptor); }
  OpenFolder(const OpenFolder&) = delete;
  OpenFolder& operator=(const OpenFolder&) = delete;
  int descriptor;
};

void require_above(const fs::path& path) {
  for (fs::path folder = path.parent_path();; folder = folder.parent_path()) {
    struct stat status {};
    if (::lstat(folder.c_str(), &status) != 0) fail(folder, kUnseen);
    require(folder, status, (status.st_mode & S_ISVTX) != 0 ? 0 : kWrite);
    if (folder == folder.root_path()) return;
  }
}

}  // namespace

void require_trusted(const InputFile& file, Others may) {
  require(file.path(), file.status(), may == Others::nothing ? kAll : kWrite);
  require_above(file.real_path());
}

void require_trusted_folder(const fs::path& folder) {
  const OpenFolder opened(folder);
  struct stat status {};
  if (::fstat(opened.descriptor, &status) != 0) fail(folder, kUnseen);
  require(folder, status, kWrite);
  const auto real = real_path_of(opened.descriptor, folder);
  if (real != real.root_path()) require_above(real);
}

void make_private_folder(const fs::path& folder) {
  std::error_code error;
  const auto above = fs::absolute(folder).parent_path();
  fs::create_directories(above, error);
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) fail(folder, "cannot be made");
  require_trusted_folder(folder);
}

void trust_group(const std::string& group) {
  const auto id = group_of(group);
  if (!id) throw Error("there is no group '" + group + "'");
  ::setenv(kTrustGroupVariable, std::to_string(*id).c_str(), 1);
}

}  // namespace files
