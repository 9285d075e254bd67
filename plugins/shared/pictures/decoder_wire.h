#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "executor/silence.h"

/// The protocol between Decoder and its process, over a socket on one host.
namespace pictures {

/// The decoder's end of the socket.
inline constexpr int kDecoderSocket = 0;

/// The exit codes of its process: what it was told makes no sense; this kernel does not let it
/// close itself, so that it decodes nothing.
inline constexpr int kDecoderMisled = 2;
inline constexpr int kDecoderNotClosed = 3;

/// The picture's bytes follow.
struct DecodeRequest {
  std::uint64_t bytes;
  std::int64_t side;
};

/// The bytes follow: RGB of the square, or the text of the fault when `fault` is set.
struct DecodeAnswer {
  std::uint64_t fault;
  std::uint64_t bytes;
};

/// Reads and writes whole pieces over a socket that it does not own, within a time that starts at
/// construction. Time in which this process is stopped does not count.
class Wire {
 public:
  explicit Wire(int socket, std::optional<std::chrono::milliseconds> time = {});

  /// False when the other side is gone or the time is over.
  bool read(void* to, std::size_t bytes);
  bool write(const void* from, std::size_t bytes);
  bool late() const;

 private:
  bool wait(short what);

  int socket_;
  std::optional<std::chrono::milliseconds> time_;
  executor::Silence waited_;
};

}  // namespace pictures
