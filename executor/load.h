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

/// The library of the plugin `run`. With a '/' in it, `run` is a path; else `run`.so is looked up
/// on the search path: the folders of SOUVENIR_PLUGINS (separated by ':'), then `plugins` beside
/// the program, then ../lib/souvenir/plugins. Throws Error(bad_config) that names the folders
/// searched and the nearest name.
std::filesystem::path find_plugin(const std::string& run, const std::filesystem::path& relative_to);

/// The names of all plugins on the search path.
std::vector<std::string> plugin_names();

/// The folder of the running program.
std::filesystem::path program_folder();

}  // namespace executor
