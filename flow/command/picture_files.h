#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "schemas/blob.h"

namespace flow::command {

inline constexpr std::size_t kMaxFileBytes = 32 * 1024 * 1024;
inline constexpr std::size_t kMaxPictures = 30;

/// The files that `finetune PICTURES...` names. A value.
struct PictureFiles {
  std::vector<std::filesystem::path> files;
  std::vector<std::filesystem::path>
      skipped;  ///< in a folder, but no file, or no picture by its name
};

/// Every named file, and the files directly in every named folder that end in .jpg, .jpeg, .png or
/// .webp, sorted by name. Everything else there, folders and broken links too, is skipped by name,
/// but for hidden files. Throws executor::Error that names the path: not_found, or bad_input when a
/// folder cannot be read, when there are no pictures, or more than kMaxPictures.
PictureFiles find_pictures(const std::vector<std::string>& named);

/// The bytes of one file. Throws executor::Error: not_found, or bad_input for a folder, a file
/// larger than kMaxFileBytes, or a file that cannot be read.
schemas::Blob read_file(const std::filesystem::path& file);

std::vector<schemas::Blob> read_files(const std::vector<std::filesystem::path>& files);

/// The cause of a refusal, with the file of the picture that it counts: "picture 2 of 3
/// (dog/2.png) is empty". Unchanged when it counts none of these.
std::string with_file(const std::string& cause, const std::vector<std::filesystem::path>& files);

}  // namespace flow::command
