#pragma once

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>

#include "executor/error.h"
#include "executor/files/temporary_folder.h"
#include "store/manifest.h"

namespace tests {

inline void no_beat() {}

inline void write(const std::filesystem::path& file, const std::string& text) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

inline std::string read(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Bytes that differ from place to place.
inline std::string bytes(std::size_t count) {
  std::string text(count, '\0');
  std::uint32_t state = 1;
  for (auto& c : text) c = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  return text;
}

inline std::string code_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const executor::Error& error) {
    return error.code();
  }
  return "";
}

}  // namespace tests
