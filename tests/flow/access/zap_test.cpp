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

TEST_CASE("behind a relay a peer is let in as the connection that is announced, or not at all") {
  zmq::context_t context;
  const CurveKeys keys = make_curve_keys();
  std::optional<flow::access::Newcomer> newcomer;
  std::string let_in;
  Zap zap(context, [](const std::string&, const std::string&) { return true; },
          {[&] { return newcomer; },
           [&](const flow::access::Newcomer& who, const std::string& key) {
             let_in = std::to_string(who.connection) + " " + who.address + " " + key;
           }});
  auto socket = executor::make_socket(context, Role::gateway, kAnyPort, &keys);
  const auto endpoint = Server::bind(socket);
  const auto probe = [&] {
    return probe_with_random_key(endpoint, keys.public_key, [&] { zap.answer(); });
  };
  CHECK(probe() == Probe::refused);
  CHECK(let_in.empty());
  newcomer = {.connection = 12, .address = "203.0.113.7"};
  CHECK(probe() == Probe::let_in);
  CHECK(let_in.starts_with("12 203.0.113.7 "));
  CHECK(let_in.size() == std::string("12 203.0.113.7 ").size() + 40);
}

TEST_CASE("a message carries the number of its connection, and a plain socket asks for no key") {
  zmq::context_t context;
  Zap zap(context, [](const std::string&, const std::string&) { return false; },
          {[] {
             return flow::access::Newcomer{~0ULL, "127.0.0.1"};
           },
           [](const flow::access::Newcomer&, const std::string& key) { CHECK(key.empty()); }});
  auto socket = executor::make_socket(context, Role::gateway, kAnyPort);
  socket.set(zmq::sockopt::zap_domain, flow::access::kPlainDomain);
  const auto endpoint = Server::bind(socket);
  auto client = executor::make_socket(context, Role::peer, endpoint);
  client.connect(endpoint);
  std::optional<executor::Received> received;
  const auto end = std::chrono::steady_clock::now() + 10s;
  for (bool sent = false; !received && std::chrono::steady_clock::now() < end;) {
    zap.answer();
    sent = sent || executor::send(client, packet());
    received = executor::receive(socket, Role::gateway, 5ms);
  }
  REQUIRE(received);
  CHECK(received->connection == ~0ULL);
  CHECK(received->frames == 1);
}

TEST_CASE("a plain peer of another domain is refused") {
  zmq::context_t context;
  Zap zap(context, [](const std::string&, const std::string&) { return true; },
          {[] {
             return flow::access::Newcomer{1, "127.0.0.1"};
           },
           [](const flow::access::Newcomer&, const std::string&) { FAIL("let in"); }});
  auto socket = executor::make_socket(context, Role::gateway, kAnyPort);
  socket.set(zmq::sockopt::zap_domain, "souvenir");
  const auto endpoint = Server::bind(socket);
  auto client = executor::make_socket(context, Role::peer, endpoint);
  client.connect(endpoint);
  const auto end = std::chrono::steady_clock::now() + 500ms;
  while (std::chrono::steady_clock::now() < end) {
    zap.answer();
    executor::send(client, packet());
    CHECK_FALSE(executor::receive(socket, Role::gateway, 5ms));
  }
}
