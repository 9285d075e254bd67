#include "executor/socket.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <vector>

#include "executor/files/temporary_folder.h"
#include "schemas/limits.h"

using namespace std::chrono_literals;
using executor::Role;

namespace {

/// A gateway and a peer of it, over ipc.
struct Connected {
  Connected() {
    gateway.bind(address);
    peer.connect(address);
  }
  files::TemporaryFolder folder;
  std::string address = "ipc://" + (folder / "gateway.sock").string();
  zmq::context_t context;
  zmq::socket_t gateway = executor::make_socket(context, Role::gateway, address);
  zmq::socket_t peer = executor::make_socket(context, Role::peer, address);
};

}  // namespace

TEST_CASE("what a peer has said last arrives, although it leaves at once") {
  const files::TemporaryFolder folder;
  const auto address = "ipc://" + (folder / "gateway.sock").string();
  zmq::context_t context;
  auto gateway = executor::make_socket(context, Role::gateway, address);
  gateway.bind(address);
  {
    zmq::context_t own;
    auto peer = executor::make_socket(own, Role::peer, address);
    peer.connect(address);
    const schemas::Blob large(std::string(8u << 20, 'x'));  // so that bye is not written yet
    while (!executor::send(peer, {{.kind = schemas::Kind::emit}, {}, {large}})) {
    }
    REQUIRE(executor::send(peer, {{.kind = schemas::Kind::bye}, {}, {}}));
  }
  std::vector<schemas::Kind> heard;
  while (auto received = executor::receive(gateway, Role::gateway, 500ms)) {
    heard.push_back(received->packet.header.kind);
  }
  CHECK(heard == std::vector{schemas::Kind::emit, schemas::Kind::bye});
}

TEST_CASE("a peer whose gateway reads nothing leaves all the same") {
  const files::TemporaryFolder folder;
  const auto address = "ipc://" + (folder / "gateway.sock").string();
  zmq::context_t context;
  auto gateway = executor::make_socket(context, Role::gateway, address);
  gateway.set(zmq::sockopt::rcvhwm, 1);
  gateway.bind(address);
  const auto begun = std::chrono::steady_clock::now();
  {
    zmq::context_t own;
    auto peer = executor::make_socket(own, Role::peer, address);
    peer.connect(address);
    const schemas::Blob large(std::string(1u << 20, 'x'));
    for (int sent = 0; sent < 50;) {
      sent += executor::send(peer, {{.kind = schemas::Kind::emit}, {}, {large}}) ? 1 : 0;
    }
  }
  CHECK(std::chrono::steady_clock::now() - begun < 10s);
}

TEST_CASE("a connection to another host is checked, by either end") {
  zmq::context_t context;
  const auto made = [&](executor::Role role, const std::string& address) {
    return executor::make_socket(context, role, address);
  };
  const std::string tcp = "tcp://127.0.0.1:7878", ipc = "ipc:///tmp/gateway.sock";
  for (const auto role : {executor::Role::gateway, executor::Role::peer}) {
    CHECK(made(role, tcp).get(zmq::sockopt::tcp_keepalive) == 1);
    CHECK(made(role, tcp).get(zmq::sockopt::tcp_maxrt) == 10'000);
    CHECK(made(role, tcp).get(zmq::sockopt::heartbeat_ivl) == 0);  // it ends slow frames
    CHECK(made(role, ipc).get(zmq::sockopt::tcp_keepalive) == -1);
  }
}

TEST_CASE("a packet of very many frames is dropped in portions, and what follows is heard") {
  Connected c;
  constexpr std::size_t kFrames = 3 * executor::kFramesOfACall;
  for (std::size_t i = 0; i < kFrames; ++i) {
    const bool last = i + 1 == kFrames;
    c.peer.send(zmq::message_t(), last ? zmq::send_flags::none : zmq::send_flags::sndmore);
  }
  REQUIRE(executor::send(c.peer, {{.kind = schemas::Kind::status, .id = 7}, {}, {}}));
  bool in_excess = false;
  const auto receive = [&] {
    return executor::receive(c.gateway, executor::Role::gateway, std::chrono::seconds(10),
                             &in_excess);
  };
  const auto first = receive();
  REQUIRE(first);
  CHECK(first->error == "too many frames");
  CHECK(first->frames > 2 + schemas::kMaxBlobs);
  CHECK(in_excess);
  std::size_t calls = 0;
  auto next = receive();
  for (; !next; next = receive()) ++calls;
  CHECK(calls >= 2);
  CHECK_FALSE(next->error);
  CHECK(next->packet.header.id == 7);
  CHECK_FALSE(in_excess);
}

TEST_CASE("a packet may have every frame that the protocol allows, and not one more") {
  Connected c;
  for (const std::size_t blobs : {schemas::kMaxBlobs, schemas::kMaxBlobs + 1}) {
    const schemas::Blob blob(std::string("blob"));
    const executor::Packet packet{{.kind = schemas::Kind::status}, blob, std::vector(blobs, blob)};
    zmq_pollitem_t connected{c.peer.handle(), 0, ZMQ_POLLOUT, 0};
    REQUIRE(zmq_poll(&connected, 1, 10'000) == 1);
    REQUIRE(executor::send(c.peer, packet));
    const auto got =
        executor::receive(c.gateway, executor::Role::gateway, std::chrono::seconds(10));
    REQUIRE(got);
    CHECK(got->error.has_value() == (blobs > schemas::kMaxBlobs));
    if (!got->error) CHECK(got->frames == 2 + blobs);
  }
}
