#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "schemas/blob.h"

namespace flow::command {

/// A prompt as part of a file name: "a sks dog, 3 m high!" -> "a-sks-dog-3-m-high". ASCII letters
/// and digits, at most 40; "picture" when nothing is left.
std::string slug(const std::string& text);

/// Today as the local calendar has it: "2026-05-04".
std::string today();

/// Files of one folder, numbered on from those that are there; never writes over a file, even of a
/// program that writes at the same time. Creates the folder.
class NumberedFiles {
 public:
  /// Throws executor::Error when the folder cannot be made.
  explicit NumberedFiles(std::filesystem::path folder);

  /// Writes "00001-<rest>.png"; its path. Throws executor::Error when the disk refuses.
  std::filesystem::path write(const std::string& rest, const schemas::Blob& bytes);

 private:
  std::filesystem::path folder_;
  std::uint32_t next_ = 1;
};

/// Writes a new file; false when one of this name exists. Throws executor::Error when the disk
/// refuses; then nothing is left of it.
bool write_new(const std::filesystem::path& file, const schemas::Blob& bytes);

/// Creates a folder and those above it. Throws executor::Error.
void make_folder(const std::filesystem::path& folder);

}  // namespace flow::command
