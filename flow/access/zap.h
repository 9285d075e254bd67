#pragma once

#include <functional>
#include <string>
#include <zmq.hpp>

namespace flow::access {

/// Answers libzmq's question whether a CURVE key is let in (ZAP, rfc.zeromq.org/spec/27). Must
/// exist before a socket of the context binds with CURVE, and be asked to answer() whenever its
/// socket is readable: until then a new peer waits. Used by one thread.
class Zap {
 public:
  using Allows = std::function<bool(const std::string& public_key)>;

  /// Throws zmq::error_t when the context has a handler already.
  Zap(zmq::context_t& context, Allows allows);

  zmq::socket_t& socket() { return socket_; }
  /// Answers all that wait. The name of a peer (`User-Id`) becomes its public key.
  void answer();

 private:
  void answer(std::vector<zmq::message_t> request);

  zmq::socket_t socket_;
  Allows allows_;
};

}  // namespace flow::access
