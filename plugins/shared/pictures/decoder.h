#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "executor/files/child_process.h"
#include "pictures/picture_header.h"
#include "pictures/picture_limits.h"
#include "pictures/square_picture.h"

namespace pictures {

/// The limits for decoding one picture.
struct DecodeLimits {
  std::chrono::milliseconds time = kMaxDecodeTime;
  std::uint64_t bytes = kMaxDecodeBytes;
};

/// The path of the decoder program, beside the running program.
std::filesystem::path decoder_program();

/// Whether the decoder gets this variable of the environment: where libraries lie, and what
/// sanitizers are told. Keys and settings stay here, whoever's.
bool decoder_inherits(const std::string& variable);

/// Decodes pictures in a separate process, which stays within the limits and has given up
/// everything else (decoder_sandbox.h). Bytes that make a decoder crash, hang or take too much
/// memory cost their picture, not this process. Make one Decoder per request, so that uploads of
/// different users never share a process. Owns the process: starts it with the first picture,
/// starts it again after a picture that ended it, and ends it in the destructor. One thread.
class Decoder {
 public:
  explicit Decoder(DecodeLimits limits = {}, std::filesystem::path program = decoder_program());
  ~Decoder();
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  /// As decode_square() in picture.h. Throws PictureFault, also for a picture that makes the
  /// decoder crash or exceeds a limit, and std::system_error when there is no decoder program, or
  /// this kernel does not let it close itself.
  SquarePicture decode_square(std::string_view bytes, int side);

 private:
  void start();
  /// Ends the process and says how it ended: "crashes the decoder (Segmentation fault)".
  PictureFault ended(bool late);
  void stop();

  DecodeLimits limits_;
  std::filesystem::path program_;
  std::optional<files::ChildProcess> process_;
  int socket_ = -1;
};

}  // namespace pictures
