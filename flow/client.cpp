#include "flow/client.h"

#include <chrono>
#include <map>

#include "executor/socket.h"
#include "schemas/link.h"

namespace flow {
namespace {

using executor::Packet;
using executor::packet_of;
using executor::Role;
using schemas::Kind;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kLookUp{100};        // how often an interruption is looked for
constexpr milliseconds kAskAfter{3'000};    // silence after which the gateway is asked for a sign
constexpr milliseconds kGoneAfter{15'000};  // silence after which it is taken for gone

schemas::Fault gone(const std::string& address) {
  return {"unavailable", "client", "", "no answer from " + address,
          "is the server running? `souvenir status`, `souvenir up`"};
}

}  // namespace

class Client::Link {
 public:
  Link(const std::string& address, std::string owner)
      : address_(address), owner_(std::move(owner)), socket_(make_socket(context_, Role::peer)) {
    socket_.connect(address);
  }

  std::uint64_t start(const std::string& endpoint, const schemas::Message& request) {
    schemas::Header header;
    header.kind = Kind::request;
    header.id = ++last_id_;
    header.endpoint = endpoint;
    header.owner = owner_;
    send(packet_of(header, request));
    return last_id_;
  }

  void send(const Packet& packet) {
    const auto deadline = Clock::now() + kGoneAfter;
    while (!executor::send(socket_, packet)) {
      if (Clock::now() > deadline) throw CallError(gone(address_));
      zmq_pollitem_t item{socket_.handle(), 0, ZMQ_POLLOUT, 0};
      zmq_poll(&item, 1, kLookUp.count());
    }
  }

  void ask(Kind kind, std::uint64_t id = 0) {
    schemas::Header header;
    header.kind = kind;
    header.id = id;
    send({header, {}, {}});
  }

  std::optional<Packet> next(milliseconds wait) {
    if (auto received = take()) return received;
    if (!executor::wait_readable(socket_, wait)) return std::nullopt;
    return take();
  }

  schemas::Status report(Kind kind, std::uint32_t timeout_ms) {
    const auto deadline = Clock::now() + milliseconds(timeout_ms);
    const std::uint64_t id = ++last_id_;
    ask_within(kind, id, deadline);
    while (Clock::now() < deadline) {
      const auto packet = next(kLookUp);
      if (packet && packet->header.kind == Kind::report && packet->header.id == id) {
        return schemas::unpack<schemas::Status>(packet->body.view());
      }
    }
    throw CallError(gone(address_));
  }

  /// Follows request `id` (0 = any) to its end; returns the id of the one that ended.
  std::uint64_t follow(std::uint64_t id, std::vector<schemas::Message>* results,
                       const Listener& listener, std::uint32_t timeout_ms) {
    const auto started = Clock::now();
    auto heard = started;
    bool asked = false;
    bool cancelling = false;
    while (true) {
      const auto now = Clock::now();
      const bool late = timeout_ms > 0 && now - started > milliseconds(timeout_ms);
      if (!cancelling && (late || (listener.interrupted && listener.interrupted()))) {
        ask(Kind::cancel, id);
        cancelling = true;
      }
      if (late && now - started > milliseconds(timeout_ms) + kAskAfter)
        throw late_fault(timeout_ms);
      const auto packet = next(kLookUp);
      if (!packet) {
        if (now - heard > kGoneAfter) throw CallError(gone(address_));
        if (!asked && now - heard > kAskAfter) ask(Kind::status);
        asked = asked || now - heard > kAskAfter;
        continue;
      }
      heard = Clock::now();
      asked = false;
      if (id != 0 && packet->header.id != id && packet->header.id != 0) continue;
      if (take_in(*packet, results, listener, late ? timeout_ms : 0)) return packet->header.id;
    }
  }

 private:
  std::optional<Packet> take() {
    while (auto received = executor::receive(socket_, Role::peer)) {
      if (!received->error) return std::move(received->packet);
    }
    return std::nullopt;
  }

  void ask_within(Kind kind, std::uint64_t id, Clock::time_point deadline) {
    schemas::Header header;
    header.kind = kind;
    header.id = id;
    while (!executor::send(socket_, {header, {}, {}})) {
      if (Clock::now() > deadline) throw CallError(gone(address_));
      zmq_pollitem_t item{socket_.handle(), 0, ZMQ_POLLOUT, 0};
      zmq_poll(&item, 1, 10);
    }
  }

  static CallError late_fault(std::uint32_t timeout_ms) {
    return CallError({"timeout", "client", "",
                      "no answer within " + std::to_string(timeout_ms) + " ms",
                      "give it more time, or ask for less"});
  }

  // True when the request has ended.
  bool take_in(const Packet& packet, std::vector<schemas::Message>* results,
               const Listener& listener, std::uint32_t late_ms) {
    switch (packet.header.kind) {
      case Kind::accepted:
        if (listener.accepted) listener.accepted(packet.header.job);
        return false;
      case Kind::progress:
        if (listener.progress) {
          listener.progress(schemas::unpack<schemas::Progress>(packet.body.view()), packet.blobs);
        }
        return false;
      case Kind::result:
        if (results != nullptr) results->push_back(message_of(packet));
        return false;
      case Kind::refused: throw CallError(schemas::unpack<schemas::Fault>(packet.body.view()));
      case Kind::ended: {
        const auto ended = schemas::unpack<schemas::Ended>(packet.body.view());
        if (ended.outcome == "done") return true;
        if (late_ms > 0) throw late_fault(late_ms);
        throw CallError(ended.fault);
      }
      default: return false;
    }
  }

  std::string address_;
  std::string owner_;
  zmq::context_t context_;
  zmq::socket_t socket_;
  std::uint64_t last_id_ = 0;
};

Client::Client(const std::string& address, std::string owner)
    : link_(std::make_unique<Link>(address, std::move(owner))) {}

Client::~Client() = default;

bool Client::reachable(std::uint32_t timeout_ms) {
  try {
    link_->report(Kind::status, timeout_ms);
    return true;
  } catch (const CallError&) {
    return false;
  }
}

std::vector<schemas::Message> Client::call(const std::string& endpoint,
                                           const schemas::Message& request,
                                           const Listener& listener, std::uint32_t timeout_ms) {
  std::vector<schemas::Message> results;
  const std::uint64_t id = link_->start(endpoint, request);
  link_->follow(id, &results, listener, timeout_ms);
  return results;
}

std::uint64_t Client::start(const std::string& endpoint, const schemas::Message& request) {
  return link_->start(endpoint, request);
}

std::uint64_t Client::finish() {
  return link_->follow(0, nullptr, {}, 0);
}

schemas::Status Client::status(std::uint32_t timeout_ms) {
  return link_->report(Kind::status, timeout_ms);
}

void Client::stop() {
  link_->report(Kind::stop, 5'000);
}

}  // namespace flow
