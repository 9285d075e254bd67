#pragma once

#include <filesystem>
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
/// tells what its sender can be. A peer's name begins with a letter for its listener. While the
/// server's keys are rotated there are two sockets for other hosts, one for each pair. Each ipc
/// address has shared-memory channels beside it, which pass large blobs between processes of this
/// host. TCP addresses are a relay's (public_relay.h), and the sockets are behind it. Locks the
/// files of ipc addresses first and removes them at the end. Used by one thread.
class Listeners {
 public:
  /// For addresses that other hosts can reach, `keys` are the server's. For a TCP address a Unix
  /// socket is bound in the folder `behind`, where a relay connects to it, and the context must
  /// have a ZAP handler. Throws executor::Error(unavailable) when an address is in use.
  Listeners(zmq::context_t& context, const std::vector<std::string>& addresses,
            const std::optional<executor::CurveKeys>& keys,
            const std::filesystem::path& behind = {});
  ~Listeners();
  Listeners(const Listeners&) = delete;
  Listeners& operator=(const Listeners&) = delete;

  /// From now on other hosts reach the server with these keys, and until end_overlap() with the
  /// former ones: a connection is of either kind at random, and libzmq's clients try again within
  /// milliseconds when it was the wrong one. Does nothing without a public address. Throws
  /// executor::Error(unavailable).
  void rotate(const executor::CurveKeys& keys);
  /// The former keys are over, and so are the connections that were made with them.
  void end_overlap();
  bool is_overlap() const { return former_.has_value(); }

  /// One descriptor for each listener; others after rotate() and end_overlap(). It is readable when
  /// something has come since receive() last found nothing, and possibly at other times.
  std::vector<int> descriptors();

  struct Arrival {
    executor::Received received;
    access::Origin origin;
  };
  /// The next packet, if there is one. Takes the listeners in turn.
  std::optional<Arrival> receive();
  /// Whether a packet with too many frames has not been dropped to its end: receive() goes on.
  bool is_dropping() const;
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
    char letter;  ///< the first one of its peers' names
    zmq::socket_t socket;
    bool in_excess = false;  ///< see executor::receive()
  };
  /// The one listener for all addresses of a link; the first address creates it.
  Listener& listener(const std::string& address, zmq::context_t& context,
                     const std::optional<executor::CurveKeys>& keys);
  void bind(Listener& listener, const std::string& address);
  void bind_behind(Listener& listener, const std::string& address);
  void fetch(executor::Received& received, access::Link link);

  zmq::context_t& context_;
  std::list<ServerLock> locks_;
  std::vector<std::string> files_;
  SharedMemoryChannels channels_;
  std::list<Listener> listeners_;  // in turn: the first one is next
  std::optional<char> former_;     // the letter of that with the former keys
  const std::filesystem::path behind_;
  std::string public_endpoint_;
};

}  // namespace flow
