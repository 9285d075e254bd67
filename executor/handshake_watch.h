#pragma once

#include <optional>
#include <string>
#include <zmq.hpp>

#include "executor/curve_keys.h"
#include "executor/error.h"

namespace executor {

/// Hears from libzmq how far a socket came that connects to a gateway, so that whoever gets no
/// answer learns why: a refused key looks like an absent server otherwise. Used by one thread.
class HandshakeWatch {
 public:
  /// Watches `socket`, which must not have connected yet and must outlive this, and both must be of
  /// `context`. One for a context. `keys` are the socket's, nullptr = none.
  HandshakeWatch(zmq::context_t& context, zmq::socket_t& socket, std::string address,
                 const CurveKeys* keys);
  ~HandshakeWatch();
  HandshakeWatch(const HandshakeWatch&) = delete;
  HandshakeWatch& operator=(const HandshakeWatch&) = delete;

  /// Takes in what happened. Call now and then: it is kept in memory until then.
  void look();
  /// How many links there have been, as of the last look(), and whether the last one lasts.
  unsigned links() const { return links_; }
  bool is_linked() const { return seen_ == Seen::link; }
  /// Why the gateway does not hear this end, as code, cause and remedy; nothing while there is a
  /// link, or when nobody listens.
  std::optional<Error> objection();

 private:
  enum class Seen { nothing, connected, refused_key, other_mechanism, hung_up, link };

  void take_in();
  void note(int event, unsigned value);

  const std::string address_;
  const std::string public_key_;  // "" = none
  void* const watched_;           // libzmq's name of the socket
  zmq::socket_t monitor_;
  int descriptor_ = -1;  // the monitor's
  Seen seen_ = Seen::nothing;
  unsigned links_ = 0;
};

}  // namespace executor
