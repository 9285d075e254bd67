#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "schemas/codec_error.h"

namespace schemas {

/// The version of the protocol in wire.md. The gateway refuses a peer that speaks another.
inline constexpr std::uint32_t kProtocol = 1;

/// What a packet is. wire.md says who sends which kind, and with which body.
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

/// The first frame of every packet: a small MessagePack map with one-letter keys. Fields with their
/// default value are left out. A value.
struct Header {
  Kind kind{};
  std::uint64_t id = 0;  ///< of the request, the task or the call; its sender chooses it
  std::string job;       ///< job id, when there is one
  std::string root;      ///< of a task of a call: the client's job that it is made for; else ""
  std::string endpoint;  ///< of a request, a call or a task
  std::string type;      ///< of the message in the body frame
  std::string owner;     ///< principal
  std::uint64_t epoch = 0;
  std::uint64_t seq = 0;
  std::uint64_t hop = 0;        ///< of a task: position of the stage in the job's route
  std::uint64_t from_step = 0;  ///< of a task: the step that this attempt of the job continues from
  std::string key;              ///< of a request: idempotency key, see wire.md
  std::string credential;       ///< of each packet of a client: an API key or a token, see wire.md
  std::uint64_t deadline_ms = 0;  ///< of a request or a task: time left, 0 = no limit
  std::uint64_t bytes = 0;        ///< where count counts messages: their bytes
  std::uint64_t batch = 0;        ///< of a task: how many more tasks of the same batch follow
  std::uint64_t count = 0;    ///< credit granted, messages acknowledged, ...; see wire.md by kind
  std::uint64_t channel = 0;  ///< of each packet of a peer: its end of the channel, 0 = none
  std::uint64_t memory = 0;   ///< bit n: blob n was passed as memory
  std::uint64_t passed = 0;   ///< with memory: the number of the channel message that passed it
  bool last = false;
};

/// The bytes of the header frame.
std::string encode(const Header& header);

/// Throws CodecError for anything but a header of this protocol within the limits.
Header decode_header(std::string_view bytes);

}  // namespace schemas
