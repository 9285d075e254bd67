#include "executor/socket.h"

#include <catch2/catch.hpp>

TEST_CASE("a connection has heartbeats unless both ends are on this host") {
  zmq::context_t context;
  const auto beats = [&](executor::Role role, const std::string& address) {
    const auto socket = executor::make_socket(context, role, address);
    return socket.get(zmq::sockopt::heartbeat_ivl) > 0;
  };
  for (const auto role : {executor::Role::gateway, executor::Role::peer}) {
    CHECK(beats(role, "tcp://127.0.0.1:7878"));
    CHECK_FALSE(beats(role, "ipc:///tmp/gateway.sock"));
  }
}
