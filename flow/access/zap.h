#pragma once

#include <functional>
#include <string>
#include <zmq.hpp>

namespace flow::access {

/// Tells libzmq whether a CURVE key may connect (ZAP, rfc.zeromq.org/spec/27). Must exist before a
/// socket of the context binds with CURVE. Call answer() whenever its socket is readable; until
/// then a new peer waits. Used by one thread.
class Zap {
 public:
  using Allows =
      std::function<bool(const std::string& public_key, const std::string& peer_address)>;

  /// Throws zmq::error_t when the context already has a handler.
  Zap(zmq::context_t& context, Allows allows);

  zmq::socket_t& socket() { return socket_; }
  /// Answers all waiting requests. A peer's name (`User-Id`) becomes its public key.
  void answer();

 private:
  void answer(std::vector<zmq::message_t> request);

  zmq::socket_t socket_;
  Allows allows_;
};

}  // namespace flow::access
