#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "schemas/blob.h"

namespace flow::command {

inline constexpr std::size_t kMaxFileBytes = 32 * 1024 * 1024;
inline constexpr std::size_t kMaxPictures = 30;

/// What `finetune PICTURES...` names. A value.
struct PictureFiles {
  std::vector<std::filesystem::path> files;
  std::vector<std::filesystem::path> skipped;  ///< in a folder, but no picture by name
};

/// Every named file; of every named folder the files (not those below) that end in .jpg, .jpeg,
/// .png or .webp, in the order of their names. Hidden files are ignored. Throws executor::Error
/// naming the path: not_found, or bad_input when there are 0 or more than kMaxPictures.
PictureFiles find_pictures(const std::vector<std::string>& named);

/// The bytes of one file. Throws executor::Error: not_found, or bad_input for a folder, a file past
/// kMaxFileBytes, or one that cannot be read.
schemas::Blob read_file(const std::filesystem::path& file);

std::vector<schemas::Blob> read_files(const std::vector<std::filesystem::path>& files);

}  // namespace flow::command
