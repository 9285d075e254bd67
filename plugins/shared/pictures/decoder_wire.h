#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "executor/silence.h"

/// What Decoder and its process say to each other over a socket of one host.
namespace pictures {

/// The decoder's end of the socket.
inline constexpr int kDecoderSocket = 0;

/// Followed by the picture's bytes.
struct DecodeRequest {
  std::uint64_t bytes;
  std::int64_t side;
};

/// Followed by the bytes: RGB of the square, or with `fault` its text.
struct DecodeAnswer {
  std::uint64_t fault;
  std::uint64_t bytes;
};

/// Whole pieces over a socket that it does not own, within a time from construction on. That in
/// which this process stands still does not count.
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
