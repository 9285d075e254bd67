#include "executor/load.h"

#include <dlfcn.h>

#include <cstdlib>
#include <sstream>

#include "executor/error.h"
#include "executor/trusted_file.h"
#include "schemas/nearest.h"

namespace executor {
namespace {

namespace fs = std::filesystem;

constexpr const char* kEntry = "souvenir_plugin";

std::vector<fs::path> search_path() {
  std::vector<fs::path> folders;
  if (const char* given = std::getenv("SOUVENIR_PLUGINS")) {
    std::istringstream list(given);
    for (std::string folder; std::getline(list, folder, ':');) {
      if (!folder.empty()) folders.emplace_back(folder);
    }
  }
  folders.push_back(program_folder() / "plugins");
  folders.push_back(program_folder().parent_path() / "lib" / "souvenir" / "plugins");
  return folders;
}

}  // namespace

fs::path program_folder() {
  return fs::read_symlink("/proc/self/exe").parent_path();
}

std::vector<std::string> plugin_names() {
  std::vector<std::string> names;
  for (const auto& folder : search_path()) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder, ignored)) {
      if (entry.path().extension() == ".so") names.push_back(entry.path().stem());
    }
  }
  return names;
}

fs::path find_plugin(const std::string& run, const fs::path& relative_to) {
  if (run.find('/') != std::string::npos || is_description(run)) {
    fs::path library = fs::weakly_canonical(relative_to / run);
    if (!fs::is_regular_file(library)) {
      throw Error("bad_config", "there is no plugin " + library.string(),
                  "check the path: it is relative to the flow file's folder");
    }
    return library;
  }
  const std::string file = run.ends_with(".so") ? run : run + ".so";
  std::string looked;
  for (const auto& folder : search_path()) {
    fs::path library = folder / file;
    if (fs::is_regular_file(library)) return library;
    looked += (looked.empty() ? "" : ", ") + folder.string();
  }
  throw Error("bad_config",
              "there is no plugin '" + run + "'" + schemas::did_you_mean(run, plugin_names()),
              "looked in " + looked + "; add a folder with SOUVENIR_PLUGINS");
}

fs::path trusted_plugin(const fs::path& library) {
  const auto real = require_trusted_file(library);
  // What lies beside it is read too, and nobody else may add to that.
  require_trusted_folder(real.parent_path());
  return real;
}

const Plugin& load_plugin(const fs::path& library) {
  // Opened by the name under which it was looked at: nobody else can write the folders of that, so
  // it is the same file. By its descriptor it would have no folder in which it finds its libraries.
  const auto real = trusted_plugin(library);
  // RTLD_LOCAL: two plugins' symbols must not meet. Never closed: threads and statics of LibTorch
  // outlive any moment at which it could be.
  void* handle = dlopen(real.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    throw Error("bad_config", "cannot open the plugin " + library.string() + ": " + dlerror(),
                "build it again against this version of souvenir");
  }
  using Entry = const Plugin* (*)();
  const auto entry = reinterpret_cast<Entry>(dlsym(handle, kEntry));
  if (entry == nullptr) {
    throw Error("bad_config",
                library.string() + " is not a souvenir plugin: it does not export " + kEntry,
                "end its .cpp with SOUVENIR_PLUGIN(...)");
  }
  const Plugin* plugin = entry();
  if (plugin->abi != kAbi) {  // nothing but the first member may be read before this
    throw Error("bad_config",
                library.string() + " has the plugin abi " + std::to_string(plugin->abi) +
                    ", this program has " + std::to_string(kAbi),
                "build the plugin again against this version of souvenir");
  }
  return *plugin;
}

}  // namespace executor
