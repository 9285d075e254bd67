#include "executor/handshake_watch.h"

#include <poll.h>

#include <cstdint>
#include <cstring>

namespace executor {
namespace {

constexpr const char* kMonitor = "inproc://handshakes";
constexpr int kEvents = ZMQ_EVENT_CONNECTED | ZMQ_EVENT_CLOSED | ZMQ_EVENT_DISCONNECTED |
                        ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_SUCCEEDED |
                        ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;

}  // namespace

HandshakeWatch::HandshakeWatch(zmq::context_t& context, zmq::socket_t& socket, std::string address,
                               const CurveKeys* keys)
    : address_(std::move(address)),
      public_key_(keys == nullptr ? "" : keys->public_key),
      watched_(socket.handle()),
      monitor_(context, ZMQ_PAIR) {
  zmq_socket_monitor(watched_, kMonitor, kEvents);
  monitor_.set(zmq::sockopt::linger, 0);
  monitor_.set(zmq::sockopt::rcvhwm, 0);  // libzmq's own thread would wait for whoever reads late
  monitor_.connect(kMonitor);
  descriptor_ = monitor_.get(zmq::sockopt::fd);
  take_in();
}

// libzmq loses the memory of an event for which nobody is there any more.
HandshakeWatch::~HandshakeWatch() {
  zmq_socket_monitor(watched_, nullptr, 0);
}

// Nearly always there is nothing: one question to the kernel, where recv() asks four. The
// descriptor tells of what comes after recv() has found nothing, and of nothing before.
void HandshakeWatch::look() {
  pollfd news{descriptor_, POLLIN, 0};
  if (::poll(&news, 1, 0) != 0) take_in();
}

void HandshakeWatch::take_in() {
  zmq::message_t event, address;
  while (monitor_.recv(event, zmq::recv_flags::dontwait)) {
    if (!monitor_.recv(address, zmq::recv_flags::none)) return;
    std::uint16_t number = 0;
    std::uint32_t value = 0;
    std::memcpy(&number, event.data<char>(), sizeof number);
    std::memcpy(&value, event.data<char>() + sizeof number, sizeof value);
    note(number, value);
  }
}

// That a connection ends says nothing more where its handshake has told why.
void HandshakeWatch::note(int event, unsigned value) {
  switch (event) {
    case ZMQ_EVENT_CONNECTED:
      if (seen_ == Seen::nothing || seen_ == Seen::link) seen_ = Seen::connected;
      return;
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
      seen_ = Seen::link;
      ++links_;
      return;
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH: seen_ = Seen::refused_key; return;
    case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
      seen_ = value == ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH ? Seen::other_mechanism
                                                                  : Seen::hung_up;
      return;
    case ZMQ_EVENT_CLOSED: seen_ = Seen::nothing; return;
    default:
      if (seen_ == Seen::connected) seen_ = Seen::hung_up;
      if (seen_ == Seen::link) seen_ = Seen::nothing;
  }
}

std::optional<Error> HandshakeWatch::objection() {
  look();
  const bool has_key = !public_key_.empty();
  const std::string listens = "a server listens at " + address_ + ", but ";
  switch (seen_) {
    case Seen::refused_key:
      return Error(
          "unauthenticated",
          listens + "does not let the key " + public_key_ + " in: it is unknown or revoked",
          "on the server: souvenir keys list; souvenir keys allow '" + public_key_ +
              "' NAME lets it in");
    case Seen::other_mechanism:
      if (has_key) {
        return Error("bad_config", listens + "takes no key at this address",
                     "leave out the key file (--key-file, SOUVENIR_KEY_FILE)");
      }
      return Error("unauthenticated", listens + "lets in nobody without an allowed key",
                   "--key-file FILE or SOUVENIR_KEY_FILE; on the server: souvenir keys make NAME");
    case Seen::hung_up:
      if (has_key) {
        return Error("unauthenticated",
                     listens +
                         "ended the handshake: the line `server` of the key file is not "
                         "its public key, or it takes no key at this address",
                     "on the server: souvenir keys server prints that key");
      }
      return Error("unauthenticated",
                   listens + "ended the handshake: it may let in nobody without an allowed key",
                   "--key-file FILE or SOUVENIR_KEY_FILE; on the server: souvenir keys make NAME");
    case Seen::connected:
      return Error("unavailable", "something listens at " + address_ + ", but does not answer",
                   "is it a souvenir server, and not stopped?");
    default: return std::nullopt;
  }
}

}  // namespace executor
