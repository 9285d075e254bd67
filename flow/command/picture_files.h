#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "schemas/blob.h"
#include "schemas/request_limits.h"

namespace flow::command {

inline constexpr std::size_t kMaxFileBytes = 32 * 1024 * 1024;
using schemas::kMaxPictures;
/// Names and reasons that one message has.
inline constexpr std::size_t kToldFiles = 8;

/// A file of a folder that is not taken.
struct SkippedFile {
  std::filesystem::path file;
  std::string why;  ///< "no picture by its name"
};

/// The files that `finetune PICTURES...` names. A value.
struct PictureFiles {
  std::vector<std::filesystem::path> files;
  std::vector<SkippedFile> skipped;           ///< what else is in the folders, but for
  std::vector<std::filesystem::path> hidden;  ///< those whose names begin with a dot
};

/// Every named file, and the files directly in every named folder that end in .jpg, .jpeg, .png or
/// .webp, sorted by name. Everything else there, folders and broken links too, is skipped. Throws
/// executor::Error that names the path: not_found for all that are not there, or bad_input when a
/// folder cannot be read, when there are no pictures, or more than kMaxPictures. `remedy`: what to
/// do about a name that is no file; "" = the usual.
PictureFiles find_pictures(const std::vector<std::string>& named,
                           const std::function<std::string(const std::string&)>& remedy = {});

/// What find_pictures() passed over, a line each, and one for all hidden files.
std::vector<std::string> skipped_lines(const PictureFiles& found);

/// The bytes of one file. Throws executor::Error: not_found, or bad_input for a folder, a file
/// larger than kMaxFileBytes, or a file that cannot be read.
schemas::Blob read_file(const std::filesystem::path& file);

std::vector<schemas::Blob> read_files(const std::vector<std::filesystem::path>& files);

/// The cause of a refusal, with the files of the pictures that it counts: "picture 2 of 3
/// (dog/2.png) is empty". Unchanged where it counts none of these.
std::string with_file(const std::string& cause, const std::vector<std::filesystem::path>& files);

}  // namespace flow::command
