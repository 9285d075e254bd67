#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "schemas/blob.h"

namespace flow::command {

/// A prompt as part of a file name: "a sks dog, 3 m high!" -> "a-sks-dog-3-m-high". Keeps ASCII
/// letters and digits, at most 40 characters; "picture" when nothing is left.
std::string slug(const std::string& text);

/// Today's local date: "2026-05-04".
std::string today();

/// Numbered files in one folder, continuing after the existing numbers. Never overwrites a file,
/// even when another program writes at the same time. Creates the folder.
class NumberedFiles {
 public:
  /// Throws executor::Error when the folder cannot be created.
  explicit NumberedFiles(std::filesystem::path folder);

  /// Writes "00001-<rest>.png" and returns its path. Throws executor::Error when the disk refuses.
  std::filesystem::path write(const std::string& rest, const schemas::Blob& bytes);

 private:
  std::filesystem::path folder_;
  std::uint32_t next_ = 1;
};

/// Writes a new file; false when the name is taken. Throws executor::Error when the disk refuses,
/// and then leaves no file.
bool write_new(const std::filesystem::path& file, const schemas::Blob& bytes);

/// Creates a folder and its parents. Throws executor::Error.
void make_folder(const std::filesystem::path& folder);

}  // namespace flow::command
