#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "executor/error.h"
#include "executor/load.h"
#include "flow/server/up.h"

namespace flow {
namespace {

namespace fs = std::filesystem;

fs::path home_folder() {
  const auto set = [](const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0' ? value : nullptr;
  };
  if (const char* home = set("SOUVENIR_HOME")) return fs::absolute(home);
  if (const char* data = set("XDG_DATA_HOME")) return fs::path(data) / "souvenir";
  if (const char* user = set("HOME")) return fs::path(user) / ".local" / "share" / "souvenir";
  throw executor::Error("bad_config", "there is no home for souvenir's files",
                        "set SOUVENIR_HOME to a folder");
}

}  // namespace

Places find_places() {
  Places places;
  places.home = home_folder();
  places.run = places.home / "run";
  places.share = executor::program_folder().parent_path() / "share" / "souvenir";
  std::error_code error;
  fs::create_directories(places.run, error);
  if (error || chmod(places.home.c_str(), 0700) != 0 || chmod(places.run.c_str(), 0700) != 0 ||
      ::access(places.run.c_str(), W_OK) != 0) {
    throw executor::Error("bad_config", "cannot write " + places.run.string(),
                          "set SOUVENIR_HOME to a folder of yours");
  }
  return places;
}

}  // namespace flow
