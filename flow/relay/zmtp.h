#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The framing of ZMTP 3 (rfc.zeromq.org/spec/37): what can be seen without a key.
namespace flow::relay {

enum class Mechanism { null, curve };

inline constexpr std::size_t kGreetingBytes = 64;

/// What a gateway of 4.3 sends first, to whomever.
std::string greeting_of(Mechanism mechanism);

enum class Reading { incomplete, bad, good };

/// Whether the bytes begin with a greeting of ZMTP 3 for this mechanism. Bad as soon as they cannot
/// become one.
Reading read_greeting(std::string_view bytes, Mechanism mechanism);

/// How a frame begins. A value.
struct FrameHeader {
  bool more = false;
  bool command = false;
  std::uint64_t size = 0;  ///< bytes of the body
  std::size_t length = 0;  ///< bytes of this header: 2 or 9
};

/// The header at the beginning of the bytes, if it is there and follows the framing.
Reading read_frame_header(std::string_view bytes, FrameHeader& header);

/// The name of the command that is the body of a frame, "" when it is none: "READY".
std::string_view command_name(std::string_view body);

}  // namespace flow::relay
