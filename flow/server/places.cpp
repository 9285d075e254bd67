#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "executor/error.h"
#include "executor/load.h"
#include "executor/trusted_file.h"
#include "flow/server/up.h"
#include "schemas/utf8.h"
#include "schemas/words.h"

namespace flow {
namespace {

namespace fs = std::filesystem;

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

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

Places name_places() {
  Places places;
  places.home = home_folder();
  // Its name goes into messages and answers, which are UTF-8, and into lists with a line for each.
  const std::string name = places.home.string();
  if (!schemas::is_utf8(name) || std::any_of(name.begin(), name.end(), is_control)) {
    throw executor::Error("bad_config",
                          "the path of the home folder is not UTF-8, or has control characters: " +
                              schemas::quoted(name),
                          "set SOUVENIR_HOME to a folder with another name");
  }
  places.run = places.home / "run";
  places.share = executor::program_folder().parent_path() / "share" / "souvenir";
  return places;
}

Places find_places() {
  const Places places = name_places();
  executor::make_private_folder(places.home);
  executor::make_private_folder(places.run);
  if (::access(places.run.c_str(), W_OK) == 0) return places;
  throw executor::Error("bad_config", "cannot write " + places.run.string(),
                        "set SOUVENIR_HOME to a folder of yours");
}

}  // namespace flow
