#pragma once

#include <filesystem>
#include <functional>
#include <string>

namespace diffusion {

/// The diffusers folder that `given` stands for: itself, or, for a repository in the cache of
/// Hugging Face (`models--ORG--NAME` with `refs/` and `snapshots/`), the snapshot that `refs/main`
/// names, or the only one. Throws Error for anything else, with what is wrong.
std::filesystem::path find_model_folder(const std::filesystem::path& given);

/// Told what is being done when opening a model takes a while: "converting NAME".
using Opening = std::function<void(const std::string& what)>;

/// As find_model_folder(); and a single-file checkpoint is converted (single_file.h) into a folder
/// below `converted`, once: as long as the file is the same, the folder is found again. Processes
/// that ask at the same time wait for the one that converts. `converted` is made if need be.
/// `opening` is called at the start of each part, and once a second while waiting.
std::filesystem::path open_model(const std::filesystem::path& given,
                                 const std::filesystem::path& converted,
                                 const Opening& opening = {});

}  // namespace diffusion
