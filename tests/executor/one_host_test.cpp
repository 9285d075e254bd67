#include "executor/one_host.h"

#include <catch2/catch.hpp>

#include "executor/socket.h"

TEST_CASE("a connection has heartbeats unless both ends are on this host") {
  zmq::context_t context;
  for (const auto role : {executor::Role::gateway, executor::Role::peer}) {
    auto socket = executor::make_socket(context, role);
    executor::spare_heartbeats(socket, "tcp://127.0.0.1:7878");
    CHECK(socket.get(zmq::sockopt::heartbeat_ivl) > 0);
    executor::spare_heartbeats(socket, "ipc:///tmp/gateway.sock");
    CHECK(socket.get(zmq::sockopt::heartbeat_ivl) == 0);
  }
}
