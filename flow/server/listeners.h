#pragma once

#include <list>
#include <optional>
#include <string>
#include <vector>

#include "executor/socket.h"
#include "flow/access/principal.h"
#include "flow/gateway/backlog.h"
#include "flow/server/server_lock.h"
#include "flow/server/shared_memory_channels.h"

namespace flow {

/// The addresses that a flow listens on, bound: one socket for each kind of link, so that where a
/// packet came in says what its sender can be. A peer's name begins with a letter of its listener.
/// Beside ipc addresses there are channels: large blobs of processes of this host come and go as
/// memory. Files of ipc addresses are locked first and removed at the end. Used by one thread.
class Listeners {
 public:
  /// With addresses that other hosts reach `keys` are the server's, and the context has a ZAP
  /// handler. Throws executor::Error(unavailable) when an address is in use.
  Listeners(zmq::context_t& context, const std::vector<std::string>& addresses,
            const std::optional<executor::CurveKeys>& keys);
  ~Listeners();
  Listeners(const Listeners&) = delete;
  Listeners& operator=(const Listeners&) = delete;

  /// Readable when something has come since receive() last found nothing, and perhaps at other
  /// times: one descriptor a listener.
  std::vector<int> descriptors();

  struct Arrival {
    executor::Received received;
    access::Origin origin;
  };
  /// The next packet, if there is one, of all listeners in turn.
  std::optional<Arrival> receive();
  /// `unread`, when there is one, counts what waits for the peer to read it (flow/unread.h).
  bool send(const std::string& peer, const executor::Packet& packet,
            const Backlog::Bytes& backlog = nullptr);
  /// Looks after the channels. Call now and then.
  void tick(Time now) { channels_.tick(now); }

  /// Where other hosts connect, "tcp://0.0.0.0:5555"; "" = nowhere.
  const std::string& public_endpoint() const { return public_endpoint_; }

 private:
  struct Listener {
    access::Link link;
    zmq::socket_t socket;
  };
  /// Of all addresses of one link, made with the first.
  Listener& listener(const std::string& address, zmq::context_t& context,
                     const std::optional<executor::CurveKeys>& keys);
  void bind(Listener& listener, const std::string& address);

  void fetch(executor::Received& received, access::Link link);

  std::list<ServerLock> locks_;
  std::vector<std::string> files_;
  SharedMemoryChannels channels_;
  std::vector<Listener> listeners_;
  std::size_t next_ = 0;
  std::string public_endpoint_;
};

}  // namespace flow
