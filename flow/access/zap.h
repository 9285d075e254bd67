#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <zmq.hpp>

namespace flow::access {

/// The domain of sockets that ask for no key, behind a relay.
inline constexpr const char* kPlainDomain = "plain";

/// A connection that comes through a relay (flow/relay/), which alone knows its address. A value.
struct Newcomer {
  std::uint64_t connection = 0;
  std::string address = {};
};

/// Who stands before the relayed sockets of a context. Without it, peers connect by themselves.
struct Porter {
  /// Whose handshake is the one that asks now; nothing = nobody's, and it is refused.
  std::function<std::optional<Newcomer>()> arriving;
  /// It is let in; `key` is "" where none is asked for.
  std::function<void(const Newcomer&, const std::string& key)> let_in;
};

/// Tells libzmq whether a CURVE key may connect (ZAP, rfc.zeromq.org/spec/27). Must exist before a
/// socket of the context binds with CURVE. Call answer() whenever its socket is readable; until
/// then a new peer waits. Used by one thread.
class Zap {
 public:
  using Allows =
      std::function<bool(const std::string& public_key, const std::string& peer_address)>;

  /// Throws zmq::error_t when the context already has a handler.
  Zap(zmq::context_t& context, Allows allows, Porter porter = {});

  zmq::socket_t& socket() { return socket_; }
  /// Answers all waiting requests. A peer's name (`User-Id`) becomes its public key, and its
  /// messages carry the number of its connection (executor::kConnectionProperty).
  void answer();

 private:
  void answer(std::vector<zmq::message_t> request);

  zmq::socket_t socket_;
  Allows allows_;
  Porter porter_;
};

}  // namespace flow::access
