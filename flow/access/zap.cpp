#include "flow/access/zap.h"

#include <array>
#include <vector>

#include "executor/socket.h"

namespace flow::access {
namespace {

constexpr const char* kEndpoint = "inproc://zeromq.zap.01";
constexpr std::size_t kKeyBytes = 32;
// Frames of a question.
constexpr std::size_t kVersion = 0, kRequest = 1, kDomain = 2, kAddress = 3, kMechanism = 5,
                      kCredential = 6, kFrames = 7;

std::vector<zmq::message_t> receive(zmq::socket_t& socket) {
  std::vector<zmq::message_t> frames;
  bool more = true;
  while (more) {
    zmq::message_t frame;
    if (!socket.recv(frame, zmq::recv_flags::dontwait)) break;
    more = frame.more();
    frames.push_back(std::move(frame));
  }
  return frames;
}

std::string key_in(const std::vector<zmq::message_t>& request) {
  if (request.size() != kFrames || request[kMechanism].to_string_view() != "CURVE" ||
      request[kCredential].size() != kKeyBytes) {
    return "";
  }
  std::array<char, 41> text{};
  zmq_z85_encode(text.data(), static_cast<const std::uint8_t*>(request[kCredential].data()),
                 kKeyBytes);
  return text.data();
}

bool asks_for_no_key(const std::vector<zmq::message_t>& request) {
  return request.size() == kMechanism + 1 && request[kMechanism].to_string_view() == "NULL" &&
         request[kDomain].to_string_view() == kPlainDomain;
}

// One property as ZMTP writes it.
std::string property(const std::string& name, const std::string& value) {
  const auto size = static_cast<char>(value.size());  // a number: 20 digits at most
  return static_cast<char>(name.size()) + name + std::string(3, '\0') + size + value;
}

}  // namespace

Zap::Zap(zmq::context_t& context, Allows allows, Porter porter)
    : socket_(context, ZMQ_REP), allows_(std::move(allows)), porter_(std::move(porter)) {
  socket_.set(zmq::sockopt::linger, 0);
  socket_.bind(kEndpoint);
}

void Zap::answer() {
  for (auto request = receive(socket_); !request.empty(); request = receive(socket_)) {
    answer(std::move(request));
  }
}

void Zap::answer(std::vector<zmq::message_t> request) {
  const std::string key = key_in(request);
  auto newcomer = porter_.arriving ? porter_.arriving() : Newcomer{};
  if (newcomer && newcomer->connection == 0 && !key.empty()) {
    newcomer->address = request[kAddress].to_string();  // no relay hides it
  }
  const bool allowed =
      newcomer && (asks_for_no_key(request) || (!key.empty() && allows_(key, newcomer->address)));
  std::string metadata;
  if (allowed && newcomer->connection != 0) {
    porter_.let_in(*newcomer, key);
    metadata = property(executor::kConnectionProperty, std::to_string(newcomer->connection));
  }
  const std::string id = request.size() > kRequest ? request[kRequest].to_string() : "";
  const std::array<std::string, 6> reply = {request[kVersion].to_string(),
                                            id,
                                            allowed ? "200" : "400",
                                            allowed ? "OK" : "refused",
                                            allowed ? key : "",
                                            metadata};
  for (std::size_t i = 0; i < reply.size(); ++i) {
    const auto flags = i + 1 < reply.size() ? zmq::send_flags::sndmore : zmq::send_flags::none;
    socket_.send(zmq::buffer(reply[i]), flags);
  }
}

}  // namespace flow::access
