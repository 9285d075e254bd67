#include "diffusion/error.h"
#include "diffusion/safetensors_header.h"

// The whole file: 8 bytes of length, the header, the data.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view file(reinterpret_cast<const char*>(data), size);
  try {
    const auto length = diffusion::header_length(file.substr(0, diffusion::kLengthBytes), size);
    diffusion::parse_header(file.substr(diffusion::kLengthBytes, length),
                            size - diffusion::kLengthBytes - length);
  } catch (const diffusion::Error&) {
  }
  return 0;
}
