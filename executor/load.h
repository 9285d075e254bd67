#pragma once

#include <filesystem>

#include "executor/plugin.h"

namespace executor {

/// Where a plugin's library lies, all links followed. Throws Error(bad_config) when it is missing,
/// or when anyone but root or this user owns or can change it or its folder (files/trusted.h): what
/// it holds runs with this user's rights.
std::filesystem::path trusted_plugin(const std::filesystem::path& library);

/// Opens a plugin's shared library and returns its table. The library is never closed, so the table
/// lives until the process ends. Throws Error(bad_config) that names the file when the file is
/// missing, is not a trusted_plugin(), is no plugin, or has another abi.
const Plugin& load_plugin(const std::filesystem::path& library);

/// Whether the file is no library but a plugin's table as JSON: what a stage in another language
/// has in the place of one.
inline bool is_description(const std::filesystem::path& file) {
  return file.extension() == ".json";
}

/// The library of the plugin `run`. With a '/' in it, or when it is_description(), `run` is a path;
/// else `run`.so (`run` itself when it ends so) is looked up
/// on the search path: the folders of SOUVENIR_PLUGINS (separated by ':'), then `plugins` beside
/// the program, then ../lib/souvenir/plugins. Throws Error(bad_config) that names the folders
/// searched and the nearest name.
std::filesystem::path find_plugin(const std::string& run, const std::filesystem::path& relative_to);

/// The names of all plugins on the search path.
std::vector<std::string> plugin_names();

/// The folder of the running program.
std::filesystem::path program_folder();

}  // namespace executor
