#pragma once

#include <fstream>
#include <string>

#include "flow/command/private_server.h"

namespace tests::command {

using flow::command::TemporaryFolder;

/// Writes a file below `folder`, and the folders to it.
inline std::filesystem::path write(const std::filesystem::path& file, const std::string& text) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
  return file;
}

inline std::string read(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace tests::command
