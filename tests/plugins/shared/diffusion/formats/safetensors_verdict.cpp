// diffusion_verdict: reads files from standard input, each after its length in 8 bytes, and prints
// for each whether its safetensors header is accepted or refused.
#include <cstdint>
#include <cstdio>
#include <string>

#include "diffusion/formats/diffusion_error.h"
#include "diffusion/formats/safetensors_header.h"

namespace {

bool accepts(std::string_view file) {
  using namespace diffusion;
  try {
    const auto length = header_length(file.substr(0, kLengthBytes), file.size());
    parse_header(file.substr(kLengthBytes, length), file.size() - kLengthBytes - length);
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

int main() {
  std::uint64_t size = 0;
  while (std::fread(&size, sizeof size, 1, stdin) == 1) {
    std::string file(size, '\0');
    if (std::fread(file.data(), 1, size, stdin) != size) return 1;
    std::puts(accepts(file) ? "accept" : "refuse");
  }
  return 0;
}
