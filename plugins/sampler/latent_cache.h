#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace sampler {

/// Latents on disk, one file `<key>.f32` a picture: little-endian floats and their CRC-32. Outlives
/// the process; a file appears whole or not at all, so that several processes may share a folder.
class LatentCache {
 public:
  /// Makes the folder. Throws Error(bad_config) when it cannot.
  explicit LatentCache(std::filesystem::path folder);

  /// `values` numbers, or nothing. A file of another size, of which a byte has changed, or with a
  /// number that is not finite, is dropped.
  std::optional<std::vector<float>> find(const std::string& key, std::size_t values) const;

  /// What the disk refuses is not kept: it can be drawn again.
  void keep(const std::string& key, const std::vector<float>& latents) const;

 private:
  std::filesystem::path file_of(const std::string& key) const;

  std::filesystem::path folder_;
};

}  // namespace sampler
