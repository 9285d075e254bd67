#pragma once

#include <filesystem>
#include <functional>
#include <string>

namespace diffusion {

/// The diffusers folder of `given`: `given` itself, or, for a repository in the Hugging Face cache
/// (`models--ORG--NAME` with `refs/` and `snapshots/`), the snapshot that `refs/main` names or the
/// only one. Throws Error for anything else; the text says what is wrong.
std::filesystem::path find_model_folder(const std::filesystem::path& given);

/// Called with what is being done when opening a model takes a while: "converting NAME".
using Opening = std::function<void(const std::string& what)>;

/// As find_model_folder(), checked with check_links() (model_files.h), and also converts a
/// single-file checkpoint (single_file.h) into a folder below `converted`. It converts once: the
/// folder is reused as long as neither the file nor the yaml beside it changes. Concurrent
/// processes wait for the one that converts. Creates `converted` when needed. Calls `opening` at
/// the start of each part, and once per second while it waits.
std::filesystem::path open_model(const std::filesystem::path& given,
                                 const std::filesystem::path& converted,
                                 const Opening& opening = {});

}  // namespace diffusion
