#include "executor/sandbox/home_view.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "executor/sandbox/landlock.h"

namespace sandbox {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kPrivateFile = 0600;

bool is_folder(const std::string& name) {
  return name.ends_with('/');
}

void make(const fs::path& path, bool folder) {
  const fs::path parent = folder ? path : path.parent_path();
  if (fs::create_directories(parent)) fs::permissions(parent, fs::perms::owner_all);
  if (folder) return;
  const int made = ::open(path.c_str(), O_RDONLY | O_CREAT | O_CLOEXEC, kPrivateFile);
  if (made < 0) throw std::system_error(errno, std::generic_category(), path.string());
  ::close(made);
}

bool lies_in(const fs::path& path, const fs::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first ==
         folder.end();
}

// Landlock only adds. So everything on the way to the home is allowed but the home itself. A link
// counts as what it points to, which is allowed or not by its own place.
void allow_around(Landlock& rules, const fs::path& home) {
  fs::path at = home.root_path();
  for (const auto& step : home.relative_path()) {
    std::error_code unreadable;
    for (const auto& entry : fs::directory_iterator(at, unreadable)) {
      if (entry.path().filename() != step && !entry.is_symlink()) rules.allow_all(entry.path());
    }
    at /= step;
  }
}

void move_temporary_files(const HomeView& view, const fs::path& home) {
  std::error_code none;
  const auto usual = fs::canonical(fs::temp_directory_path(none), none);
  const auto own = std::find_if(view.writes.begin(), view.writes.end(), is_folder);
  if (none || own == view.writes.end() || !lies_in(home, usual)) return;
  ::setenv("TMPDIR", (home / *own).c_str(), 1);
}

}  // namespace

int close_home(const HomeView& view) {
  const int version = landlock_version();
  if (version < kLeastLandlock) return 0;
  make(view.home, true);
  const auto home = fs::canonical(view.home);
  for (const auto& name : view.reads) {
    if (is_folder(name)) make(home / name, true);
  }
  for (const auto& name : view.writes) make(home / name, is_folder(name));
  Landlock rules(Landlocked::contents);
  allow_around(rules, home);
  for (const auto& name : view.reads) rules.allow_reading(home / name);
  for (const auto& name : view.writes) rules.allow_all(home / name);
  for (const auto& path : view.reaches) rules.allow_all(path);
  move_temporary_files(view, home);
  rules.close();
  return version;
}

}  // namespace sandbox
