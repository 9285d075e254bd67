#include "flow/access/zap.h"

#include <array>
#include <vector>

namespace flow::access {
namespace {

constexpr const char* kEndpoint = "inproc://zeromq.zap.01";
constexpr std::size_t kKeyBytes = 32;
// Frames of a question.
constexpr std::size_t kVersion = 0, kRequest = 1, kAddress = 3, kMechanism = 5, kCredential = 6,
                      kFrames = 7;

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

}  // namespace

Zap::Zap(zmq::context_t& context, Allows allows)
    : socket_(context, ZMQ_REP), allows_(std::move(allows)) {
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
  const bool allowed = !key.empty() && allows_(key, request[kAddress].to_string());
  const std::string id = request.size() > kRequest ? request[kRequest].to_string() : "";
  const std::array<std::string, 6> reply = {request[kVersion].to_string(),
                                            id,
                                            allowed ? "200" : "400",
                                            allowed ? "OK" : "refused",
                                            allowed ? key : "",
                                            ""};
  for (std::size_t i = 0; i < reply.size(); ++i) {
    const auto flags = i + 1 < reply.size() ? zmq::send_flags::sndmore : zmq::send_flags::none;
    socket_.send(zmq::buffer(reply[i]), flags);
  }
}

}  // namespace flow::access
