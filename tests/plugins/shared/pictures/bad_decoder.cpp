// In place of souvenir-decode: crashes, hangs, leaves, or lies about the size of its answer, as the
// name says that it is called by.
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "pictures/decoder_wire.h"

int main(int, char** words) {
  const std::string name = std::filesystem::path(words[0]).filename();
  pictures::Wire wire(pictures::kDecoderSocket);
  pictures::DecodeRequest request{};
  while (wire.read(&request, sizeof request)) {
    std::string bytes(request.bytes, '\0');
    if (!wire.read(bytes.data(), bytes.size())) return 0;
    if (name == "crashes") std::abort();
    if (name == "hangs") ::pause();
    if (name == "leaves") return 7;
    const pictures::DecodeAnswer lie{0, std::uint64_t{1} << 62};
    if (!wire.write(&lie, sizeof lie)) return 0;
  }
  return 0;
}
