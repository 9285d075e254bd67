#include "flow/access/zap_probe.h"

#include <chrono>
#include <cstring>
#include <optional>

#include "executor/socket.h"

namespace flow::access {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr const char* kMonitor = "inproc://probe";
constexpr milliseconds kPatience{5'000};
constexpr milliseconds kTurn{5};

// The next event of a socket monitor, if there is one.
std::optional<std::uint16_t> next_event(zmq::socket_t& monitor) {
  zmq::message_t event, address;
  if (!monitor.recv(event, zmq::recv_flags::dontwait)) return std::nullopt;
  if (!monitor.recv(address, zmq::recv_flags::none)) return std::nullopt;
  std::uint16_t number = 0;
  std::memcpy(&number, event.data(), sizeof number);
  return number;
}

// A wildcard is no address to connect to.
std::string reachable(std::string endpoint) {
  for (const auto& [any, own] : {std::pair{"tcp://0.0.0.0:", "tcp://127.0.0.1:"},
                                 std::pair{"tcp://[::]:", "tcp://[::1]:"}}) {
    if (endpoint.starts_with(any)) endpoint.replace(0, std::strlen(any), own);
  }
  return endpoint;
}

}  // namespace

Probe probe_with_random_key(const std::string& endpoint, const std::string& server_key,
                            const std::function<void()>& serve) {
  zmq::context_t context;
  executor::CurveKeys keys = executor::make_curve_keys();
  keys.server_key = server_key;
  const auto address = reachable(endpoint);
  auto socket = executor::make_socket(context, executor::Role::peer, address, &keys);
  socket.set(zmq::sockopt::ipv6, true);
  zmq_socket_monitor(socket.handle(), kMonitor,
                     ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
  zmq::socket_t monitor(context, ZMQ_PAIR);
  monitor.set(zmq::sockopt::linger, 0);
  monitor.connect(kMonitor);
  socket.connect(address);
  for (const auto end = Clock::now() + kPatience; Clock::now() < end;) {
    serve();
    executor::wait_readable(monitor, kTurn);
    if (const auto event = next_event(monitor)) {
      return *event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED ? Probe::let_in : Probe::refused;
    }
  }
  return Probe::no_answer;
}

}  // namespace flow::access
