#pragma once

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <catch2/catch.hpp>
#include <string>
#include <thread>

#include "executor/files/temporary_folder.h"
#include "flow/relay/control.h"
#include "flow/relay/listen.h"
#include "flow/relay/relay.h"
#include "flow/relay/relay_limits.h"
#include "flow/relay/zmtp.h"

namespace flow::relay {

inline constexpr int kPatience_ms = 10'000;

inline std::string frame(unsigned char flags, std::uint64_t size, const std::string& body = "") {
  std::string text(1, static_cast<char>(flags | 2));
  for (int shift = 56; shift >= 0; shift -= 8) text += static_cast<char>(size >> shift);
  return text + body;
}
inline std::string whole_frame(unsigned char flags, const std::string& body) {
  return frame(flags, body.size(), body);
}
inline std::string command(const std::string& name, std::size_t size) {
  std::string body(1, static_cast<char>(name.size()));
  body += name;
  body.resize(size, 'x');
  return whole_frame(4, body);
}
inline std::string frame_under_curve(std::size_t bytes) {
  return whole_frame(0, std::string(bytes + kBoxBytes, 'm'));
}

/// One end of a connection, with blocking calls that give up in the end.
struct Line {
  executor::Descriptor socket;

  /// False when the other end is closed, or takes no more within the time.
  bool send(const std::string& bytes, int wait_ms = kPatience_ms) const {
    for (std::size_t sent = 0; sent < bytes.size();) {
      pollfd poller{socket.get(), POLLOUT, 0};
      if (::poll(&poller, 1, wait_ms) <= 0) return false;
      const auto wrote =
          ::send(socket.get(), &bytes[sent], bytes.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (wrote < 0 && errno != EAGAIN) return false;
      sent += wrote > 0 ? static_cast<std::size_t>(wrote) : 0;
    }
    return true;
  }
  /// So many bytes; fewer when the other end is closed or no more come within the time.
  std::string receive(std::size_t count, int wait_ms = kPatience_ms) const {
    std::string bytes(count, '\0');
    std::size_t got = 0;
    while (got < count) {
      pollfd poller{socket.get(), POLLIN, 0};
      if (::poll(&poller, 1, wait_ms) <= 0) break;
      const auto more = ::recv(socket.get(), &bytes[got], count - got, MSG_DONTWAIT);
      if (more == 0 || (more < 0 && errno != EAGAIN)) break;
      got += more > 0 ? static_cast<std::size_t>(more) : 0;
    }
    bytes.resize(got);
    return bytes;
  }
  bool is_closed(int wait_ms = kPatience_ms) const {
    char byte;
    pollfd poller{socket.get(), POLLIN, 0};
    while (::poll(&poller, 1, wait_ms) > 0) {
      const auto got = ::recv(socket.get(), &byte, 1, MSG_DONTWAIT);
      if (got == 0 || (got < 0 && errno != EAGAIN)) return true;
    }
    return false;
  }
};

/// The gateway's socket behind a relay.
struct GatewaySocket {
  GatewaySocket() : socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0)) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    file.copy(name.sun_path, sizeof name.sun_path - 1);
    REQUIRE(::bind(socket.get(), reinterpret_cast<sockaddr*>(&name), sizeof name) == 0);
    REQUIRE(::listen(socket.get(), 128) == 0);
  }
  /// The next connection to the gateway; none comes within the time.
  Line accept(int wait_ms = kPatience_ms) const {
    pollfd poller{socket.get(), POLLIN, 0};
    if (::poll(&poller, 1, wait_ms) <= 0) return {};
    return {executor::Descriptor(::accept4(socket.get(), nullptr, nullptr, SOCK_NONBLOCK))};
  }

  files::TemporaryFolder folder;
  std::string file = folder.path() / "gateway.sock";
  executor::Descriptor socket;
};

/// A relay in a thread; the test is the peers before it, and the server and gateway behind it.
class RelayFixture {
 public:
  explicit RelayFixture(Mechanism mechanism, std::size_t connections = kConnections)
      : mechanism_(mechanism) {
    executor::Descriptor outer(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(outer.get(), reinterpret_cast<sockaddr*>(&any), sizeof any) == 0);
    REQUIRE(::listen(outer.get(), 128) == 0);
    socklen_t size = sizeof address_;
    ::getsockname(outer.get(), reinterpret_cast<sockaddr*>(&address_), &size);
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) == 0);
    server_ = Control(executor::Descriptor(ends[0]));
    thread_ = std::thread([end = ends[1]] { run_relay(executor::Descriptor(end)); });
    Record begin = record_of(Say::begin, 1ULL << 32);
    begin.count = 1;
    begin.number = connections;
    server_.say(begin);
    server_.flush();
    Record door = record_of(Say::listen, 0, "/nonexistent/gateway.sock\n" + behind_.file);
    door.count = static_cast<std::uint32_t>(mechanism);
    server_.hand_over(door, outer.get());
  }
  ~RelayFixture() {
    server_ = {};
    thread_.join();
  }

  Line connect() const {
    Line line{executor::Descriptor(::socket(AF_INET, SOCK_STREAM, 0))};
    REQUIRE(::connect(line.socket.get(), reinterpret_cast<const sockaddr*>(&address_),
                      sizeof address_) == 0);
    return line;
  }
  Line accept(int wait_ms = kPatience_ms) const { return behind_.accept(wait_ms); }
  /// The next thing that the relay says.
  std::optional<Record> heard(int wait_ms = kPatience_ms) {
    if (heard_.empty()) {
      pollfd poller{server_.descriptor(), POLLIN, 0};
      if (::poll(&poller, 1, wait_ms) <= 0) return std::nullopt;
      heard_ = server_.take();
    }
    if (heard_.empty()) return std::nullopt;
    const Record first = heard_.front();
    heard_.erase(heard_.begin());
    return first;
  }
  void say(Say say, std::uint64_t connection, std::uint64_t number = 0, std::uint32_t count = 0) {
    Record record = record_of(say, connection);
    record.number = number;
    record.count = count;
    server_.say(record);
    server_.flush();
  }

  struct Open {
    Line peer, gateway;
    std::uint64_t id = 0;
  };
  /// A peer that is let in.
  Open open(std::uint64_t owner = 7) {
    Open open{connect(), {}, 0};
    REQUIRE(open.peer.send(greeting_of(mechanism_)));
    if (mechanism_ == Mechanism::curve) {
      REQUIRE(open.peer.send(command("HELLO", 200)));
      open.gateway = accept();
      REQUIRE(open.gateway.receive(64 + 209).size() == 64 + 209);
      REQUIRE(open.gateway.send(greeting_of(mechanism_) + command("WELCOME", 168)));
      REQUIRE(open.peer.send(command("INITIATE", 300)));
    }
    const auto arrive = heard();
    REQUIRE((arrive && arrive->say == Say::arrive));
    open.id = arrive->connection;
    if (mechanism_ == Mechanism::curve) {
      REQUIRE(open.gateway.receive(309).size() == 309);
    } else {
      open.gateway = accept();
      REQUIRE(open.gateway.receive(64).size() == 64);
      REQUIRE(open.gateway.send(greeting_of(mechanism_)));
      owner = 0;
    }
    say(Say::let_in, open.id, owner);
    REQUIRE(open.gateway.send(command("READY", 40)));
    const std::size_t bytes = 64 + 49 + (mechanism_ == Mechanism::curve ? 177 : 0);
    REQUIRE(open.peer.receive(bytes).size() == bytes);
    return open;
  }

 private:
  Mechanism mechanism_;
  GatewaySocket behind_;
  sockaddr_in address_{};
  Control server_;
  std::vector<Record> heard_;
  std::thread thread_;
};

}  // namespace flow::relay
