// The process of a Decoder: takes pictures from its socket, gives squares, until the socket ends.
// `souvenir-decode confinement` says what holds in it, for `souvenir doctor`; `souvenir-decode look
// FILES` prints what is wrong with each as a picture, a line each, for `souvenir finetune`.
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <new>
#include <opencv2/core.hpp>
#include <string>
#include <system_error>
#include <vector>

#include "pictures/decoder_sandbox.h"
#include "pictures/decoder_wire.h"
#include "pictures/look_at_files.h"
#include "pictures/picture.h"
#include "pictures/picture_limits.h"

namespace {

bool answer(pictures::Wire& wire, bool fault, const void* data, std::size_t bytes) {
  const pictures::DecodeAnswer head{fault ? 1u : 0u, bytes};
  return wire.write(&head, sizeof head) && wire.write(data, bytes);
}

bool decode(pictures::Wire& wire, const std::string& bytes, int side) {
  std::string fault;
  try {
    const auto picture = pictures::decode_square(bytes, side);
    return answer(wire, false, picture.rgb.data(), picture.rgb.size());
  } catch (const pictures::PictureFault& error) {
    fault = error.what();
  } catch (const std::bad_alloc&) {
    fault = pictures::kTooMuchMemory;
  } catch (const cv::Exception& error) {
    fault = error.code == cv::Error::StsNoMem ? pictures::kTooMuchMemory
                                              : "cannot be decoded: " + error.err;
  }
  return answer(wire, true, fault.data(), fault.size());
}

int decode_all() {
  pictures::Wire wire(pictures::kDecoderSocket);
  pictures::DecodeRequest request{};
  while (wire.read(&request, sizeof request)) {
    if (request.bytes > pictures::kMaxPictureBytes) return pictures::kDecoderMisled;
    std::string bytes(request.bytes, '\0');
    if (!wire.read(bytes.data(), bytes.size())) return 0;
    if (!decode(wire, bytes, static_cast<int>(request.side))) return 0;
  }
  return 0;
}

// One line for each file, whatever a library's error text holds.
int look(const std::vector<std::filesystem::path>& files) {
  try {
    for (auto& fault : pictures::look_at_files(files)) {
      std::replace_if(
          fault.begin(), fault.end(), [](char c) { return c >= 0 && c < 0x20; }, ' ');
      std::cout << fault << '\n';
    }
    return std::cout.flush() ? 0 : pictures::kDecoderMisled;
  } catch (const std::system_error& error) {
    std::cerr << error.what() << '\n';
    return pictures::kDecoderNotClosed;
  }
}

}  // namespace

int main(int count, char** words) {
  if (count > 2 && std::strcmp(words[1], "look") == 0) return look({words + 2, words + count});
  if (count != 2) return pictures::kDecoderMisled;  // not for people
  const bool asked = std::strcmp(words[1], "confinement") == 0;
  pictures::warm_up();
  try {
    const auto closed = pictures::close_decoder(asked ? pictures::kMaxDecodeBytes
                                                      : std::strtoull(words[1], nullptr, 10));
    if (asked) std::cout << text_of(closed) << std::endl;
  } catch (const std::system_error& error) {
    std::cerr << error.what() << '\n';
    return pictures::kDecoderNotClosed;
  }
  // No destructors of libraries: they may want what is closed.
  ::_exit(asked ? 0 : decode_all());
}
