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

/// One transmission: header frame, then (when there is a body or a blob) a body frame, then blobs.
/// A value; frames are shared, never copied, when they are large.
struct Packet {
  schemas::Header header;
  schemas::Blob body;
  std::vector<schemas::Blob> blobs;
};

/// A packet that carries a message; the envelope fields of the message are not used.
Packet packet_of(schemas::Header header, const schemas::Message& message);

/// The message in a packet, its envelope filled from the header.
schemas::Message message_of(const Packet& packet);

/// What a packet carries beside its header.
std::size_t bytes_of(const Packet& packet);

/// The side of a link: the gateway binds one ROUTER, stages and clients connect
/// a DEALER each.
enum class Role { gateway, peer };

/// The only place where sockets are made and their options set (reasons at each option). Routing
/// ids are chosen by libzmq, so that no peer can claim another's. `address` is what will be bound
/// or connected, or one of several of its kind: ipc or tcp.
///
/// With `keys` every peer must prove to hold an allowed key (CURVE): a gateway's are its own pair,
/// and a ZAP handler must answer in the same context before it binds; a peer's name the gateway's
/// public key.
zmq::socket_t make_socket(zmq::context_t& context, Role role, const std::string& address,
                          const CurveKeys* keys = nullptr);

/// What libzmq calls ZMQ_ZAP_ENFORCE_DOMAIN, declared for draft builds alone but honoured by all.
/// Without it a gateway whose ZAP handler is missing lets everyone in.
inline constexpr int kZapEnforceDomain = 93;

/// What came in: `peer` is the sender's routing id on a gateway, empty elsewhere; `key` the public
/// key that it proved to hold, on a CURVE link. `error` is set
/// instead of the packet when the frames are none of ours: too many, too large, or no header.
struct Received {
  std::string peer;
  std::string key = {};
  Packet packet;
  std::optional<std::string> error;
};

/// Takes one transmission; nothing when none comes within `wait`, or when a signal arrives.
std::optional<Received> receive(zmq::socket_t& socket, Role role,
                                std::chrono::milliseconds wait = std::chrono::milliseconds(0));

/// Hands a packet to the socket without waiting. False when the peer is gone or does not read.
bool send(zmq::socket_t& socket, const Packet& packet, const std::string& peer = "");

/// Waits until the socket has something to read; false after `wait`, or when a signal arrived.
bool wait_readable(zmq::socket_t& socket, std::chrono::milliseconds wait);

}  // namespace executor
