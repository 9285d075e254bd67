#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>
#include <zmq.hpp>

#include "executor/curve_keys.h"
#include "schemas/blob.h"
#include "schemas/header.h"
#include "schemas/message.h"

namespace executor {

/// One transmission: a header frame, then (when there is a body or a blob) a body frame, then the
/// blobs. A value. Large frames are shared, never copied.
struct Packet {
  schemas::Header header;
  schemas::Blob body;
  std::vector<schemas::Blob> blobs;
};

/// A packet that carries a message. Ignores the message's envelope fields.
Packet packet_of(schemas::Header header, const schemas::Message& message);

/// The message in a packet, with its envelope filled from the header.
schemas::Message message_of(const Packet& packet);

/// The bytes of a packet without its header.
std::size_t bytes_of(const Packet& packet);

/// The side of a link: the gateway binds one ROUTER, stages and clients connect
/// a DEALER each.
enum class Role { gateway, peer };

/// The only place that makes sockets and sets their options (each with its reason). libzmq chooses
/// the routing ids, so no peer can claim another's. `address` is what will be bound or connected,
/// or one of several of the same kind (ipc or tcp).
///
/// With `keys` every peer must prove that it holds an allowed key (CURVE). A gateway's `keys` are
/// its own pair, and a ZAP handler must answer in the same context before the gateway binds. A
/// peer's `keys` include the gateway's public key. Throws Error(bad_config) when the process may
/// open too few files.
zmq::socket_t make_socket(zmq::context_t& context, Role role, const std::string& address,
                          const CurveKeys* keys = nullptr);

/// ZMQ_ZAP_ENFORCE_DOMAIN: libzmq declares it for draft builds only, but every build honours it.
/// Without it, a gateway whose ZAP handler is missing lets everyone in.
inline constexpr int kZapEnforceDomain = 93;

/// The name under which a connection's number stands in the metadata of its messages, where a ZAP
/// handler gives it one.
inline constexpr const char* kConnectionProperty = "Connection";

/// What came in. `peer` is the sender's routing id on a gateway, empty elsewhere. `key` is the
/// public key that the sender proved to hold, on a CURVE link. `connection` is its number behind a
/// relay, 0 = none. `error` is set instead of the packet when the frames do not follow the
/// protocol: too many, too large, or no header.
struct Received {
  std::string peer;
  std::string key = {};
  std::uint64_t connection = 0;
  std::uint32_t frames = 0;  ///< as they came, without the sender's routing id
  std::uint64_t bytes = 0;   ///< of these frames
  Packet packet;
  std::optional<std::string> error;
};

/// Most frames that one call of receive() reads. What is longer than any packet is dropped by
/// several calls, so that its sender does not hold the caller.
inline constexpr std::size_t kFramesOfACall = 4'096;

/// Receives one transmission; nothing when none comes within `wait`, or when a signal arrives.
/// `in_excess` is set while the rest of a packet with too many frames is still to be dropped: pass
/// the same one for the same socket. Such a packet is reported when its limit is passed.
std::optional<Received> receive(zmq::socket_t& socket, Role role,
                                std::chrono::milliseconds wait = std::chrono::milliseconds(0),
                                bool* in_excess = nullptr);

/// Sends a packet without waiting. False when the peer is gone or does not read.
bool send(zmq::socket_t& socket, const Packet& packet, const std::string& peer = "");

/// Waits until the socket has something to read; false after `wait`, or when a signal arrived.
bool wait_readable(zmq::socket_t& socket, std::chrono::milliseconds wait);

}  // namespace executor
