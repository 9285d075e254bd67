#include "flow/server/shared_memory_channels.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <list>

#include "executor/error.h"
#include "executor/files/temporary_folder.h"
#include "executor/shared_blob.h"

using executor::kShareFromBytes;
using executor::memory_of;
using executor::Packet;
using executor::PeerSharedMemory;
using flow::SharedMemoryChannels;
using schemas::Blob;
using namespace std::chrono_literals;

namespace {

// Gateway and peers in one process.
struct Fixture {
  Fixture() { address = "ipc://" + (folder / "g.sock").string(); }

  // A first packet of this peer arrives.
  void hello(PeerSharedMemory& peer, const std::string& name) {
    Packet packet{{.kind = schemas::Kind::hello, .channel = peer.name()}, {}, {}};
    gateway->fetch(name, packet);
    CHECK(packet.header.channel == 0);
  }

  files::TemporaryFolder temporary;
  std::filesystem::path folder = temporary.path();
  std::string address;
  std::optional<SharedMemoryChannels> gateway{std::in_place};
  flow::Time now{};
};

Packet large() {
  return {{.kind = schemas::Kind::emit}, {}, {Blob(std::string(kShareFromBytes, 'x'))}};
}

}  // namespace

TEST_CASE("blobs go both ways as memory once the gateway has let the peer in") {
  Fixture f;
  f.gateway->listen(f.address);
  PeerSharedMemory peer(f.address);
  CHECK(peer.name() != 0);
  CHECK_FALSE(peer.pass(large()));  // the gateway has said nothing yet
  f.hello(peer, "p");
  auto in = peer.pass(large());
  REQUIRE(in);
  f.gateway->fetch("p", *in);
  CHECK(in->blobs.front().view() == large().blobs.front().view());
  auto out = f.gateway->pass("p", *in);
  REQUIRE(out);
  peer.fetch(*out);
  CHECK(out->blobs.front().view() == large().blobs.front().view());
}

TEST_CASE("a peer of another host, or of a gateway without channels, does without") {
  Fixture f;
  PeerSharedMemory remote("tcp://127.0.0.1:5555");
  CHECK(remote.name() == 0);
  CHECK_FALSE(remote.pass(large()));
  PeerSharedMemory early(f.address);
  CHECK(early.name() == 0);
  CHECK_FALSE(early.pass(large()));
  f.gateway->listen(f.address);
  f.hello(remote, "r");
  CHECK_FALSE(f.gateway->pass("r", large()));
}

TEST_CASE("blobs that nobody passed are refused") {
  Fixture f;
  Packet packet{{.kind = schemas::Kind::emit, .memory = 1, .passed = 1}, {}, {Blob()}};
  CHECK_THROWS_AS(f.gateway->fetch("p", packet), executor::Error);
  PeerSharedMemory peer(f.address);
  packet.header.memory = 1;
  CHECK_THROWS_AS(peer.fetch(packet), executor::Error);
}

TEST_CASE("so many peers have a channel; one more does without until one has left") {
  Fixture f;
  f.gateway->listen(f.address);
  std::list<PeerSharedMemory> peers;
  while (peers.size() < SharedMemoryChannels::kMost) {
    auto& peer = peers.emplace_back(f.address);
    f.hello(peer, "p" + std::to_string(peers.size()));
  }
  CHECK(f.gateway->size() == SharedMemoryChannels::kMost);
  CHECK(peers.back().pass(large()));
  PeerSharedMemory late(f.address);
  f.hello(late, "late");
  CHECK_FALSE(late.pass(large()));
  CHECK(f.gateway->size() == SharedMemoryChannels::kMost);
  peers.pop_front();
  f.gateway->tick(f.now);
  CHECK(f.gateway->size() == SharedMemoryChannels::kMost - 1);
  CHECK_FALSE(f.gateway->pass("p1", large()));
  PeerSharedMemory next(f.address);
  f.hello(next, "next");
  CHECK(next.pass(large()));
}

TEST_CASE("what a peer passed before it left can be fetched, for a while") {
  Fixture f;
  f.gateway->listen(f.address);
  auto peer = std::make_optional<PeerSharedMemory>(f.address);
  f.hello(*peer, "p");
  auto first = peer->pass(large());
  REQUIRE(peer->pass(large()));  // its packet never comes
  peer.reset();
  f.gateway->tick(f.now);
  f.gateway->fetch("p", *first);
  CHECK(first->blobs.front().size() == kShareFromBytes);
  f.gateway->tick(f.now + 9s);
  CHECK(f.gateway->size() == 1);
  f.gateway->tick(f.now + 10s);
  CHECK(f.gateway->size() == 0);
}

TEST_CASE("a peer finds the gateway's next process, which replaces the socket file") {
  Fixture f;
  const std::string file = executor::channel_file(f.address);
  std::ofstream(file) << "left over";
  f.gateway->listen(f.address);
  PeerSharedMemory peer(f.address);
  f.hello(peer, "p");
  REQUIRE(peer.pass(large()));
  f.gateway.reset();
  CHECK_FALSE(std::filesystem::exists(file));
  CHECK_FALSE(peer.pass(large()));
  f.gateway.emplace();
  f.gateway->listen(f.address);
  PeerSharedMemory other(f.address);
  f.hello(other, "p");
  CHECK(other.pass(large()));
}

TEST_CASE("a peer that connects again keeps its channel under its new name") {
  Fixture f;
  f.gateway->listen(f.address);
  PeerSharedMemory peer(f.address);
  f.hello(peer, "before");
  f.hello(peer, "after");
  CHECK_FALSE(f.gateway->pass("before", large()));
  CHECK(f.gateway->pass("after", large()));
}

TEST_CASE("a connection that says no name is closed") {
  Fixture f;
  f.gateway->listen(f.address);
  const std::string file = executor::channel_file(f.address);
  const executor::Descriptor silent(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::memcpy(name.sun_path, file.data(), file.size());
  REQUIRE(::connect(silent.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0);
  f.gateway->tick(f.now);
  CHECK(f.gateway->size() == 0);
  char byte = 0;
  CHECK(::recv(silent.get(), &byte, 1, MSG_DONTWAIT) == 0);
}
