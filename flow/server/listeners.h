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

/// The bound addresses of a flow: one socket for each kind of link, so that the socket of a packet
/// tells what its sender can be. A peer's name begins with a letter for its listener. Each ipc
/// address has shared-memory channels beside it, which pass large blobs between processes of this
/// host. Locks the files of ipc addresses first and removes them at the end. Used by one thread.
class Listeners {
 public:
  /// For addresses that other hosts can reach, `keys` are the server's, and the context must have a
  /// ZAP handler. Throws executor::Error(unavailable) when an address is in use.
  Listeners(zmq::context_t& context, const std::vector<std::string>& addresses,
            const std::optional<executor::CurveKeys>& keys);
  ~Listeners();
  Listeners(const Listeners&) = delete;
  Listeners& operator=(const Listeners&) = delete;

  /// One descriptor for each listener. It is readable when something has come since receive() last
  /// found nothing, and possibly at other times.
  std::vector<int> descriptors();

  struct Arrival {
    executor::Received received;
    access::Origin origin;
  };
  /// The next packet, if there is one. Takes the listeners in turn.
  std::optional<Arrival> receive();
  /// `backlog`, unless null, counts the bytes that the peer has not read yet
  /// (flow/gateway/backlog.h).
  bool send(const std::string& peer, const executor::Packet& packet,
            const Backlog::Bytes& backlog = nullptr);
  /// Maintains the channels. Call now and then.
  void tick(Time now) { channels_.tick(now); }

  /// The address that other hosts connect to, "tcp://0.0.0.0:5555"; "" = none.
  const std::string& public_endpoint() const { return public_endpoint_; }

 private:
  struct Listener {
    access::Link link;
    zmq::socket_t socket;
  };
  /// The one listener for all addresses of a link; the first address creates it.
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
