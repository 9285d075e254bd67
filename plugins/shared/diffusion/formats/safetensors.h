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

/// Most dimensions of a tensor for LibTorch, which supports no more.
inline constexpr std::size_t kMaxDimensions = 64;

/// A safetensors file, mapped into memory for reading. The constructor checks the whole header by
/// the rules of safetensors_header.h.
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

  /// A CPU tensor of the file's dtype that reads the mapping; the mapping lives as long as any of
  /// its tensors. Writing to the tensor changes only this process's copy, never the file. Throws
  /// Error for an unknown name, and for a dtype (F4, F6) or shape that LibTorch does not support.
  at::Tensor tensor(const std::string& name) const;

  /// Releases the memory of a tensor's bytes, after a copy was made. Tensors that still use the
  /// bytes read them from the file again and lose what was written to them.
  void forget(const std::string& name) const;

  /// The `__metadata__` entry; empty when there is none.
  const std::map<std::string, std::string>& metadata() const;
  const std::filesystem::path& path() const;

 private:
  struct Content;
  std::shared_ptr<const Content> content_;
};

/// Writes `tensors` in diffusers' order (larger elements first, then by name), with the header
/// padded to 8 bytes. With `float_dtype`, converts floating-point tensors one by one while writing.
/// The file appears whole or not at all: it is written beside `path`, flushed to disk and renamed.
/// Throws Error when the disk refuses or the format has no name for a dtype.
void save_safetensors(const std::filesystem::path& path,
                      const std::map<std::string, at::Tensor>& tensors,
                      const std::map<std::string, std::string>& metadata = {{"format", "pt"}},
                      std::optional<at::ScalarType> float_dtype = {});

/// The SHA-256, in hexadecimal, of the bytes that save_safetensors() writes after the header.
std::string hash_of_tensors(const std::map<std::string, at::Tensor>& tensors,
                            std::optional<at::ScalarType> float_dtype = {});

}  // namespace diffusion
