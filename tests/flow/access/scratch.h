#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "executor/files/temporary_folder.h"

namespace access_test {

/// A folder in which files can be made.
class Scratch : public files::TemporaryFolder {
 public:
  /// A file with this text and mode.
  std::filesystem::path file(const std::string& name, const std::string& text,
                             unsigned mode = 0600) const {
    const auto path = *this / name;
    std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
    std::filesystem::permissions(path, static_cast<std::filesystem::perms>(mode));
    return path;
  }
};

inline std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace access_test
