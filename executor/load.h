#pragma once

#include <filesystem>

#include "executor/plugin.h"

namespace executor {

/// Opens a plugin's shared library and returns its table, which lives until the process ends: a
/// library is never closed again. Throws Error(bad_config) naming the file when it is missing, is
/// no plugin, or has another abi.
const Plugin& load_plugin(const std::filesystem::path& library);

/// The library of the plugin `run`: a path when it contains '/', else `run`.so on the search
/// path: the folders of SOUVENIR_PLUGINS (separated by ':'), then `plugins` beside the program,
/// then ../lib/souvenir/plugins. Throws Error(bad_config) naming where it looked and the nearest
/// name.
std::filesystem::path find_plugin(const std::string& run, const std::filesystem::path& relative_to);

/// Names of all plugins on the search path.
std::vector<std::string> plugin_names();

/// The folder of the running program.
std::filesystem::path program_folder();

}  // namespace executor
