#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace diffusion {

/// The longest header that is accepted, and the most tensors, dimensions of one and entries of
/// metadata. A Stable Diffusion checkpoint's header has under 1 MiB and 2,000 tensors; the
/// reference implementation takes 100 MB, which is 1 GB when it has been read.
inline constexpr std::uint64_t kMaxHeaderBytes = 16 * 1024 * 1024;
inline constexpr std::size_t kMaxTensors = 65'536;
inline constexpr std::size_t kMaxShape = 1'024;
inline constexpr std::size_t kMaxMetadata = 65'536;
/// The header's length precedes the header: 8 bytes, little-endian.
inline constexpr std::size_t kLengthBytes = 8;

struct TensorEntry {
  std::string name;
  std::string dtype;                 ///< as written: "F32", "BF16", ...
  std::vector<std::uint64_t> shape;  ///< the product fits in 64 bits
  std::uint64_t begin = 0;           ///< bytes from the start of the data
  std::uint64_t end = 0;
};

/// Read by hand: no C++ library refuses all that the reference implementation, in Rust, refuses.
struct SafetensorsHeader {
  std::vector<TensorEntry> tensors;             ///< in the order of their bytes
  std::map<std::string, std::string> metadata;  ///< `__metadata__`
  std::uint64_t data_offset = 0;                ///< where the data starts in the file
};

/// Bits of one element of `dtype`; 0 for a dtype that the format does not have.
int bits_of_dtype(std::string_view dtype);

/// The header's length, from the first 8 bytes of a file of `file_bytes` bytes. Checks it against
/// the file's size and kMaxHeaderBytes before anything is allocated. Throws Error.
std::uint64_t header_length(std::string_view first_bytes, std::uint64_t file_bytes);

/// Reads and checks a whole header. `json` is the text between the length and the data;
/// `data_bytes` is the size of the data. Accepts and refuses, within the limits above, the
/// same headers as the reference implementation (safetensors 0.8 `tensor.rs`,
/// `Metadata::validate`): every tensor has dtype, shape and data_offsets, each once, and other keys
/// are ignored; the last of two tensors with one name counts; begin <= end; the size equals that of
/// dtype and shape, without overflow and in whole bytes; the tensors cover the data from 0 to its
/// end without hole or overlap. Throws Error with the tensor's name and the rule.
SafetensorsHeader parse_header(std::string_view json, std::uint64_t data_bytes);

/// The length and the header for tensors in this order, padded with spaces so that the data starts
/// at a multiple of 8. Sets `begin` and `end`.
std::string write_header(std::vector<TensorEntry>& tensors,
                         const std::map<std::string, std::string>& metadata);

}  // namespace diffusion
