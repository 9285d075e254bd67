#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace diffusion {

/// A tensor as a file stores it.
struct RawTensor {
  std::string name;
  std::string dtype;  ///< "F16", ...
  std::vector<std::uint64_t> shape;
  std::string_view bytes;  ///< little-endian, C order; not owned
};

/// Writes the tensors in the order of save_safetensors(): larger elements first, then by name. The
/// file appears whole or not at all. Throws Error when the disk refuses, or when a size does not
/// match dtype and shape.
void write_safetensors(const std::filesystem::path& path, std::vector<RawTensor> tensors,
                       const std::map<std::string, std::string>& metadata = {{"format", "pt"}});

}  // namespace diffusion
