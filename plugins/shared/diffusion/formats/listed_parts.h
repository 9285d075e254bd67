#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace diffusion {

/// A part that model_index.json lists.
struct ListedPart {
  std::string name;
  bool there;  ///< its folder holds what diffusers opens it from
};

/// The parts of a diffusers folder, but for those that are listed as [null, null]. People delete
/// the safety checker and leave it listed, and downloads leave it out. Throws Error.
std::vector<ListedPart> listed_parts(const std::filesystem::path& model_folder);

/// Copies model_index.json, in which each part that is not there, and is not one of `made` (which
/// the caller writes), becomes [null, null], as diffusers writes it. Throws Error.
void copy_index(const std::filesystem::path& model_folder, const std::filesystem::path& to,
                const std::vector<std::string>& made);

}  // namespace diffusion
