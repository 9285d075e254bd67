#pragma once

#include <filesystem>
#include <string>

#include "executor/plugin.h"

namespace executor {

/// A plugin's table as JSON: what `souvenir describe --json` prints and the build writes beside the
/// library (trainer.so.json).
std::string to_json(const Plugin& plugin);

/// The table back from JSON, without `create`. Throws Error(bad_config).
Plugin from_json(const std::string& text);

/// The table of a library without opening it in this process: from the file beside it when that is
/// not older than the library, else from a child process `souvenir describe --json`. Checks the
/// abi. Throws Error(bad_config) naming the file.
Plugin describe(const std::filesystem::path& library);

}  // namespace executor
