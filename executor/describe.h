#pragma once

#include <filesystem>
#include <string>

#include "executor/plugin.h"

namespace executor {

/// A plugin's table as JSON. `souvenir describe --json` prints it, and the build writes it beside
/// the library (trainer.so.json).
std::string to_json(const Plugin& plugin);

/// Reads a table from JSON, without `create`. All but `name`, `handlers` and what each handler
/// accepts may be left out: it is as in a Plugin that says nothing. Throws Error(bad_config).
Plugin from_json(const std::string& text);

/// The table of a library, without opening the library in this process. Reads the file beside the
/// library unless that is older; else asks a child process, `souvenir describe --json`. Checks the
/// abi. A file that is_description() is the table itself. Throws Error(bad_config) that names the
/// file.
Plugin describe(const std::filesystem::path& library);

}  // namespace executor
