#include <cstdlib>

#include "diffusion/formats/safetensors_header.h"
#include "executor/files/file_error.h"

namespace {

// What is accepted lies within the file, and is read as the same again when it is written.
void check(diffusion::SafetensorsHeader& header, std::uint64_t data_bytes) {
  for (const auto& tensor : header.tensors) {
    if (tensor.begin > tensor.end || tensor.end > data_bytes) std::abort();
  }
  const auto text = diffusion::write_header(header.tensors, header.metadata);
  const auto again =
      diffusion::parse_header(std::string_view(text).substr(diffusion::kLengthBytes), data_bytes);
  if (again.metadata != header.metadata || again.tensors.size() != header.tensors.size()) {
    std::abort();
  }
}

}  // namespace

// The whole file: 8 bytes of length, the header, the data.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view file(reinterpret_cast<const char*>(data), size);
  try {
    const auto length = diffusion::header_length(file.substr(0, diffusion::kLengthBytes), size);
    const auto data_bytes = size - diffusion::kLengthBytes - length;
    auto header = diffusion::parse_header(file.substr(diffusion::kLengthBytes, length), data_bytes);
    check(header, data_bytes);
  } catch (const files::Error&) {
  }
  return 0;
}
