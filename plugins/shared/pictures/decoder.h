#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string_view>

#include "pictures/picture_header.h"
#include "pictures/picture_limits.h"
#include "pictures/square_picture.h"

namespace pictures {

/// What decoding one picture may take.
struct DecodeLimits {
  std::chrono::milliseconds time = kMaxDecodeTime;
  std::uint64_t bytes = kMaxDecodeBytes;
};

/// The program that decodes, beside the running one.
std::filesystem::path decoder_program();

/// Decodes pictures in a process of its own, which may use no more than the limits, write no files
/// and start no processes: bytes that make a decoder crash, hang or take too much memory cost their
/// picture, not this process. Make one for each request, so that no upload meets another user's.
/// Owns the process: it starts with the first picture, anew after one that ended it, and ends with
/// this. One thread.
class Decoder {
 public:
  explicit Decoder(DecodeLimits limits = {}, std::filesystem::path program = decoder_program());
  ~Decoder();
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  /// What picture.h says of the function of this name. Throws PictureFault, also for a picture that
  /// makes the decoder crash or goes past a limit; std::system_error when there is no decoder.
  SquarePicture decode_square(std::string_view bytes, int side);

 private:
  void start();
  /// Ends the process, and says how it ended: "crashes the decoder (Segmentation fault)".
  PictureFault ended(bool late);
  void stop();

  DecodeLimits limits_;
  std::filesystem::path program_;
  pid_t pid_ = -1;
  int socket_ = -1;
};

}  // namespace pictures
