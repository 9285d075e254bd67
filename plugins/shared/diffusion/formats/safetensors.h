#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace diffusion {

/// Most dimensions of a tensor that is handed to LibTorch, which has no more itself.
inline constexpr std::size_t kMaxDimensions = 64;

/// A safetensors file, mapped into memory for reading. The whole header is checked by the rules of
/// safetensors_header.h before the first tensor can be had.
class SafetensorsFile {
 public:
  /// Throws Error when the file cannot be opened or breaks a rule of the format.
  explicit SafetensorsFile(const std::filesystem::path& path);
  ~SafetensorsFile();
  SafetensorsFile(SafetensorsFile&&) noexcept;
  SafetensorsFile& operator=(SafetensorsFile&&) noexcept;
  SafetensorsFile(const SafetensorsFile&) = delete;
  SafetensorsFile& operator=(const SafetensorsFile&) = delete;

  /// In the order of their bytes in the file.
  const std::vector<std::string>& names() const;
  bool contains(const std::string& name) const;

  /// A CPU tensor of the file's dtype that reads the mapping, which lives as long as any of its
  /// tensors. Writing to it changes this process's copy alone, never the file. Throws Error for an
  /// unknown name, for a dtype that LibTorch does not have (F4, F6), and for a shape beyond it.
  at::Tensor tensor(const std::string& name) const;

  /// Gives the memory of a tensor's bytes back after it was copied: tensors of it that are still in
  /// use are read from the file again, and lose what was written to them.
  void forget(const std::string& name) const;

  /// The `__metadata__` entry; empty when there is none.
  const std::map<std::string, std::string>& metadata() const;
  const std::filesystem::path& path() const;

 private:
  struct Content;
  std::shared_ptr<const Content> content_;
};

/// Writes `tensors` in the order that diffusers uses (larger elements first, then by name), the
/// header padded to 8 bytes; those with a point as `float_dtype` when it is given, converted one by
/// one as they are written. The file appears whole or not at all: it is written beside `path`,
/// flushed to disk and renamed. Throws Error when the disk refuses or a dtype has no name in the
/// format.
void save_safetensors(const std::filesystem::path& path,
                      const std::map<std::string, at::Tensor>& tensors,
                      const std::map<std::string, std::string>& metadata = {{"format", "pt"}},
                      std::optional<at::ScalarType> float_dtype = {});

/// SHA-256, in hexadecimal, of the bytes that save_safetensors() writes behind the header.
std::string hash_of_tensors(const std::map<std::string, at::Tensor>& tensors,
                            std::optional<at::ScalarType> float_dtype = {});

}  // namespace diffusion
