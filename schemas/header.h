#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "schemas/codec_error.h"

namespace schemas {

/// The version of the protocol in wire.md. A peer that speaks another is refused.
inline constexpr std::uint32_t kProtocol = 1;

/// What a frame sequence is. Who sends which, and what body it carries: wire.md.
enum class Kind : std::uint8_t {
  // client -> gateway
  request = 1,
  cancel,
  status,
  stop,
  control,
  // gateway -> client
  accepted = 16,
  progress,  // also stage -> gateway
  result,
  ended,  // also gateway -> stage: the job is over
  refused,
  report,
  // stage -> gateway
  hello = 32,
  loading,
  ready,
  emit,
  done,
  failed,
  call,
  beat,
  bye,
  // gateway -> stage
  welcome = 48,
  work,
  reply,
  ack,
};

/// The first frame of everything on the sockets: a small MessagePack map with one-letter keys; a
/// field that has its default value is left out. A value.
struct Header {
  Kind kind{};
  std::uint64_t id = 0;  ///< of the request, the piece of work, or the call; chosen by its asker
  std::string job;       ///< job id, when there is one
  std::string endpoint;  ///< of a request or call, and on work
  std::string type;      ///< of the message in the body frame
  std::string owner;     ///< principal
  std::uint64_t epoch = 0;
  std::uint64_t seq = 0;
  std::uint64_t hop = 0;          ///< on work: place of the stage in the job's route
  std::uint64_t from_step = 0;    ///< on work: the step that this attempt of the job goes on from
  std::string key;                ///< of a request: idempotency key, see wire.md
  std::string credential;         ///< of what a client sends: an API key or a token,
                                  ///< see wire.md
  std::uint64_t deadline_ms = 0;  ///< of a request, and on work: time left, 0 = any
  std::uint64_t bytes = 0;        ///< beside count where messages are counted: their bytes
  std::uint64_t batch = 0;        ///< on work: so many more that belong to its batch follow
  std::uint64_t count = 0;    ///< credit granted, messages acknowledged, ...; see wire.md by kind
  std::uint64_t channel = 0;  ///< of what a peer sends: its end of the channel, 0 = none
  std::uint64_t memory = 0;   ///< bit n: blob n was passed as memory
  std::uint64_t passed = 0;   ///< with memory: the number of the message that passed it
  bool last = false;
};

/// The header frame's bytes.
std::string encode(const Header& header);

/// Throws CodecError on anything that is not a header of this protocol within the limits.
Header decode_header(std::string_view bytes);

}  // namespace schemas
