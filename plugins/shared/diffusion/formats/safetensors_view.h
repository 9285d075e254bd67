#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "diffusion/formats/safetensors_header.h"
#include "executor/files/mapped_file.h"

namespace diffusion {

/// A safetensors file mapped into memory, with its header checked by the rules of
/// safetensors_header.h. Gives tensors as bytes, without LibTorch. Immutable.
class SafetensorsView {
 public:
  /// Throws Error when the file cannot be opened or breaks a rule of the format. For a pickle the
  /// text says how to convert it.
  explicit SafetensorsView(const std::filesystem::path& path);

  /// In the order of their bytes in the file.
  const std::vector<TensorEntry>& tensors() const { return header_.tensors; }
  /// The tensor's entry, or null when there is none.
  const TensorEntry* find(const std::string& name) const;
  /// Throws Error when there is no such tensor.
  const TensorEntry& entry(const std::string& name) const;
  /// A tensor's bytes, little-endian and in C order. They live as long as this object.
  std::string_view bytes(const TensorEntry& entry) const;

  const std::map<std::string, std::string>& metadata() const { return header_.metadata; }
  const std::filesystem::path& path() const { return path_; }
  const files::MappedFile& file() const { return file_; }
  std::uint64_t data_offset() const { return header_.data_offset; }

 private:
  std::filesystem::path path_;
  files::MappedFile file_;
  SafetensorsHeader header_;
  std::unordered_map<std::string, std::size_t> index_;
};

/// Throws Error when the file's name or first bytes say that it contains pickled Python objects
/// (.ckpt, .bin, .pt, .pth), because reading those runs the code in them. The text says how to
/// convert the file.
void refuse_pickle(const std::filesystem::path& path, std::string_view first_bytes);

}  // namespace diffusion
