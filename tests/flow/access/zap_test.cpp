#include "flow/access/zap.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <set>

#include "executor/socket.h"
#include "flow/access/zap_probe.h"

using executor::CurveKeys;
using executor::make_curve_keys;
using executor::Role;
using flow::access::Probe;
using flow::access::probe_with_random_key;
using flow::access::Zap;
using namespace std::chrono_literals;

namespace {

const std::string kAnyPort = "tcp://127.0.0.1:*";

executor::Packet packet() {
  return {{.kind = schemas::Kind::status, .id = 7}, {}, {}};
}

// A gateway's CURVE socket and its handler; the test plays both ends on one thread.
struct Server {
  zmq::context_t context;
  std::set<std::string> allowed;
  std::set<std::string> addresses;  ///< that asked
  CurveKeys keys = make_curve_keys();
  Zap zap{context, [this](const std::string& key, const std::string& address) {
            addresses.insert(address);
            return allowed.contains(key);
          }};
  zmq::socket_t socket = executor::make_socket(context, Role::gateway, kAnyPort, &keys);
  std::string endpoint = bind(socket);

  static std::string bind(zmq::socket_t& socket) {
    socket.bind(kAnyPort);
    return socket.get(zmq::sockopt::last_endpoint);
  }

  /// What arrives from `client` until `done`, or within the time.
  std::optional<executor::Received> from(zmq::socket_t& client, std::chrono::milliseconds wait) {
    const auto end = std::chrono::steady_clock::now() + wait;
    bool sent = false;
    while (std::chrono::steady_clock::now() < end) {
      zap.answer();
      sent = sent || executor::send(client, packet());
      if (executor::wait_readable(socket, 5ms)) return executor::receive(socket, Role::gateway);
    }
    return std::nullopt;
  }
};

CurveKeys client_keys(const Server& server) {
  CurveKeys keys = make_curve_keys();
  keys.server_key = server.keys.public_key;
  return keys;
}

}  // namespace

TEST_CASE("a peer with an allowed key is heard, and known by its key") {
  Server server;
  const CurveKeys keys = client_keys(server);
  server.allowed = {keys.public_key};
  zmq::context_t context;
  auto client = executor::make_socket(context, Role::peer, server.endpoint, &keys);
  client.connect(server.endpoint);
  const auto received = server.from(client, 5'000ms);
  REQUIRE(received);
  CHECK(received->key == keys.public_key);
  CHECK(received->address == "127.0.0.1");
  CHECK(received->descriptor >= 0);
  CHECK(server.addresses == std::set<std::string>{"127.0.0.1"});
  CHECK(received->packet.header.id == 7);
}

TEST_CASE("the probe with a random key finds a guarded endpoint closed") {
  Server server;
  CHECK(probe_with_random_key(server.endpoint, server.keys.public_key,
                              [&] { server.zap.answer(); }) == Probe::refused);
}

TEST_CASE("the probe finds out when strangers are let in") {
  // CURVE without a handler and without the option to insist on one: libzmq lets everyone in.
  zmq::context_t context;
  zmq::socket_t careless(context, ZMQ_ROUTER);
  const CurveKeys keys = make_curve_keys();
  careless.set(zmq::sockopt::curve_server, true);
  careless.set(zmq::sockopt::curve_secretkey, keys.secret_key);
  careless.set(zmq::sockopt::linger, 0);
  CHECK(probe_with_random_key(Server::bind(careless), keys.public_key, [] {}) == Probe::let_in);
}

TEST_CASE("without a handler a guarded socket hears nobody") {
  zmq::context_t context;
  const CurveKeys keys = make_curve_keys();
  auto socket = executor::make_socket(context, Role::gateway, kAnyPort, &keys);
  const auto endpoint = Server::bind(socket);
  CHECK(probe_with_random_key(endpoint, keys.public_key, [] {}) != Probe::let_in);
}

TEST_CASE("strangers deliver nothing: no key, a random key, the wrong server key, plain") {
  Server server;
  zmq::context_t context;
  const CurveKeys random = client_keys(server);
  CurveKeys wrong = client_keys(server);
  server.allowed = {wrong.public_key};
  wrong.server_key = make_curve_keys().public_key;
  std::vector<zmq::socket_t> strangers;
  strangers.push_back(executor::make_socket(context, Role::peer, server.endpoint));
  strangers.push_back(executor::make_socket(context, Role::peer, server.endpoint, &random));
  strangers.push_back(executor::make_socket(context, Role::peer, server.endpoint, &wrong));
  strangers.push_back(executor::make_socket(context, Role::peer, server.endpoint));
  strangers.back().set(zmq::sockopt::plain_username, "admin");
  strangers.back().set(zmq::sockopt::plain_password, "admin");
  for (auto& stranger : strangers) {
    stranger.connect(server.endpoint);
    CHECK_FALSE(server.from(stranger, 150ms));
  }
  const CurveKeys friendly = client_keys(server);
  server.allowed.insert(friendly.public_key);
  auto client = executor::make_socket(context, Role::peer, server.endpoint, &friendly);
  client.connect(server.endpoint);
  CHECK(server.from(client, 5'000ms));
}
