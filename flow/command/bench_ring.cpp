#include "flow/command/bench_ring.h"

#include <unistd.h>
#include <zmq.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>

#include "executor/error.h"
#include "executor/files/child_process.h"
#include "schemas/message.h"
#include "schemas/text.h"

namespace flow::command {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kClient = "client";
constexpr int kProbe_ms = 20;
constexpr int kAnswer_ms = 10'000;
constexpr int kMaxProbes = 500;

// A bare socket in a context of its own.
class Socket {
 public:
  explicit Socket(int type) : context_(::zmq_ctx_new()), socket_(::zmq_socket(context_, type)) {
    set(ZMQ_LINGER, 0);
  }
  ~Socket() {
    ::zmq_close(socket_);
    ::zmq_ctx_term(context_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  void set(int option, int value) { ::zmq_setsockopt(socket_, option, &value, sizeof value); }
  void name(const std::string& name) {
    ::zmq_setsockopt(socket_, ZMQ_ROUTING_ID, name.data(), name.size());
  }
  void* get() const { return socket_; }

 private:
  void* context_;
  void* socket_;
};

void check(int result, const std::string& what) {
  if (result < 0) throw executor::Error("internal", what + ": " + ::zmq_strerror(::zmq_errno()));
}

// One frame, given away by sending it.
class Frame {
 public:
  Frame() { ::zmq_msg_init(&message_); }
  ~Frame() { ::zmq_msg_close(&message_); }
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;

  bool receive(void* socket) { return ::zmq_msg_recv(&message_, socket, 0) >= 0; }
  void send(void* socket, bool more) {
    check(::zmq_msg_send(&message_, socket, more ? ZMQ_SNDMORE : 0), "the ring cannot send");
  }
  bool more() const { return ::zmq_msg_more(&message_) != 0; }
  std::string text() {
    return {static_cast<const char*>(::zmq_msg_data(&message_)), ::zmq_msg_size(&message_)};
  }

 private:
  zmq_msg_t message_;
};

void pass_on(void* socket) {
  for (bool more = true; more;) {
    Frame frame;
    if (!frame.receive(socket)) return;
    more = frame.more();
    frame.send(socket, more);
  }
}

int run_router(const std::string& address) {
  static const std::map<std::string, std::string> next = {
      {kClient, "a"}, {"a", "b"}, {"b", "c"}, {"c", kClient}};
  Socket socket(ZMQ_ROUTER);
  check(::zmq_bind(socket.get(), address.c_str()), "the ring cannot bind " + address);
  while (true) {
    Frame from;
    if (!from.receive(socket.get())) continue;
    const std::string& to = next.at(from.text());
    ::zmq_send(socket.get(), to.data(), to.size(), ZMQ_SNDMORE);
    pass_on(socket.get());
  }
}

int run_echo(const std::string& name, const std::string& address) {
  Socket socket(ZMQ_DEALER);
  socket.name(name);
  check(::zmq_connect(socket.get(), address.c_str()), "the ring cannot connect to " + address);
  while (true) pass_on(socket.get());
}

// Round trips of numbered calls; an answer to an earlier call is dropped.
class RingClient {
 public:
  RingClient(const std::string& address, std::size_t blob_bytes)
      : body_(schemas::pack(schemas::Text{"hello"})), blob_(blob_bytes, 'x') {
    socket_.name(kClient);
    check(::zmq_connect(socket_.get(), address.c_str()), "the ring cannot connect to " + address);
  }

  bool call(int timeout_ms) {
    socket_.set(ZMQ_RCVTIMEO, timeout_ms);
    const std::uint64_t sent = ++number_;
    ::zmq_send(socket_.get(), &sent, sizeof sent, ZMQ_SNDMORE);
    ::zmq_send(socket_.get(), body_.data(), body_.size(), blob_.empty() ? 0 : ZMQ_SNDMORE);
    if (!blob_.empty()) ::zmq_send(socket_.get(), blob_.data(), blob_.size(), 0);
    while (true) {
      std::uint64_t answered = 0;
      if (::zmq_recv(socket_.get(), &answered, sizeof answered, 0) < 0) return false;
      for (bool more = true; more;) {
        Frame rest;
        if (!rest.receive(socket_.get())) return false;
        more = rest.more();
      }
      if (answered == sent) return true;
    }
  }

 private:
  Socket socket_{ZMQ_DEALER};
  std::string body_;
  std::string blob_;
  std::uint64_t number_ = 0;
};

std::unique_ptr<files::ChildProcess> start_node(const std::string& part,
                                                const std::string& address) {
  files::Spawn spawn;
  spawn.arguments = {files::this_program().string(), "bench", "ring-node", part, address};
  return std::make_unique<files::ChildProcess>(spawn);
}

}  // namespace

int run_ring_node(const std::string& part, const std::string& address) {
  files::end_with_parent(::getppid());
  return part == "router" ? run_router(address) : run_echo(part, address);
}

std::vector<double> time_ring(const std::filesystem::path& folder, std::size_t calls,
                              std::size_t blob_bytes) {
  const std::string address = "ipc://" + (folder / "ring.sock").string();
  std::vector<std::unique_ptr<files::ChildProcess>> nodes;
  for (const char* part : {"router", "a", "b", "c"}) nodes.push_back(start_node(part, address));
  RingClient client(address, blob_bytes);
  int probes = 0;  // the router drops what is for a node that has not joined yet
  while (!client.call(kProbe_ms)) {
    if (++probes == kMaxProbes) throw executor::Error("internal", "the bare ring does not start");
  }
  std::vector<double> times_ms;
  times_ms.reserve(calls);
  for (std::size_t i = 0; i < calls; ++i) {
    const auto begin = Clock::now();
    if (!client.call(kAnswer_ms)) throw executor::Error("internal", "the bare ring lost a message");
    times_ms.push_back(std::chrono::duration<double, std::milli>(Clock::now() - begin).count());
  }
  return times_ms;
}

}  // namespace flow::command
