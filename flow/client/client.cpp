#include "flow/client/client.h"

#include <chrono>
#include <map>

#include "executor/dial.h"
#include "executor/error.h"
#include "executor/handshake_watch.h"
#include "executor/server_address.h"
#include "executor/shared_memory.h"
#include "executor/silence.h"
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

constexpr milliseconds kLookUp{100};          // how often to look for an interruption
constexpr milliseconds kAskAfter{3'000};      // silence after which to ask the gateway for a sign
constexpr milliseconds kGoneAfter{15'000};    // silence after which it counts as gone
constexpr milliseconds kRestartTime{60'000};  // the same when the job outlives a restart

// The slowest line that a request is waited for; below it, who is silent counts as gone.
constexpr std::uint64_t kSlowestLine = 16'000;  // bytes/s

constexpr std::uint32_t kAnswer_ms = 15'000;
constexpr std::uint32_t kSteer_ms = 30 * 60 * 1'000;  // a large model loads

}  // namespace

class Client::Link {
 public:
  Link(const std::string& address, Caller caller)
      : address_(address),
        caller_(std::move(caller)),
        socket_(
            make_socket(context_, Role::peer, address, caller_.keys ? &*caller_.keys : nullptr)),
        handshakes_(context_, socket_, address, caller_.keys ? &*caller_.keys : nullptr),
        dial_(socket_, address),
        channel_(address) {}

  std::uint64_t start(const std::string& endpoint, const schemas::Message& request,
                      const std::string& key = "", std::uint32_t timeout_ms = 0) {
    schemas::Header header = header_of(Kind::request, ++last_id_);
    header.endpoint = endpoint;
    header.deadline_ms = timeout_ms;
    header.key = key;
    const Packet packet = packet_of(header, request);
    send(packet);
    note_sent(packet);
    job_.clear();
    waits_.clear();
    again_ = key.empty() ? std::nullopt : std::optional(packet);
    return last_id_;
  }

  std::uint64_t control(const std::string& action, const std::string& job,
                        const schemas::Values& with = {}) {
    const Packet packet = control_packet(++last_id_, action, job, with);
    send(packet);
    note_sent(packet);
    job_.clear();
    waits_.clear();
    again_ = action == "watch" ? std::optional(packet) : std::nullopt;
    return last_id_;
  }

  Packet answer_to(std::uint64_t id, std::uint32_t timeout_ms) {
    const auto deadline = Clock::now() + milliseconds(timeout_ms);
    while (Clock::now() < deadline) {
      const auto packet = next(kLookUp);
      if (!packet || packet->header.id != id) continue;
      if (packet->header.kind == Kind::refused) {
        throw CallError(schemas::unpack<schemas::Fault>(packet->body.view()));
      }
      return *packet;
    }
    throw CallError(gone());
  }

  void send(const Packet& packet) {
    const auto deadline = Clock::now() + patience();
    const auto rest = channel_.pass(packet);
    while (!executor::send(socket_, rest ? *rest : packet)) {
      if (Clock::now() > deadline) throw CallError(gone());
      zmq_pollitem_t item{socket_.handle(), 0, ZMQ_POLLOUT, 0};
      zmq_poll(&item, 1, kLookUp.count());
    }
  }

  void ask(Kind kind, std::uint64_t id = 0) { send({header_of(kind, id), {}, {}}); }

  schemas::Fault gone() {
    return objection().value_or(
        schemas::Fault{"unavailable", "client", "", "no answer from " + address_,
                       "is the server running? `souvenir status`, `souvenir up`"});
  }

  std::optional<schemas::Fault> objection() {
    auto why = handshakes_.objection();
    if (!why) why = dial_.objection();
    if (!why) return std::nullopt;
    return schemas::Fault{why->code(), "client", "", why->what(), why->hint()};
  }

  std::optional<Packet> next(milliseconds wait) {
    while (auto received = executor::receive(socket_, Role::peer, wait)) {
      if (received->error) continue;
      fetch(received->packet);
      return std::move(received->packet);
    }
    handshakes_.look();  // in silence only: it takes a system call
    return std::nullopt;
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
      if (packet && packet->header.kind == Kind::refused && packet->header.id == id) {
        throw CallError(schemas::unpack<schemas::Fault>(packet->body.view()));
      }
    }
    throw CallError(gone());
  }

  /// Follows request `id` (0 = any) to its end; returns the id of the one that ended.
  std::uint64_t follow(std::uint64_t id, std::vector<schemas::Message>* results,
                       const Observer& observer, std::uint32_t timeout_ms) {
    const auto started = Clock::now();
    Wait wait{executor::Silence(started), started, false};
    while (true) {
      const auto now = Clock::now();
      wait.silence.look(now);
      const bool late = timeout_ms > 0 && now - started > milliseconds(timeout_ms);
      if (!wait.cancelling && (late || (observer.interrupted && observer.interrupted()))) {
        ask(Kind::cancel, id);
        wait.cancelling = true;
      }
      if (observer.left && observer.left()) return id;
      if (late && now - started > milliseconds(timeout_ms) + kAskAfter)
        throw late_fault(timeout_ms);
      const auto packet = next(kLookUp);
      if (!packet) {
        hear_nothing(id, wait, now);
        continue;
      }
      wait.hear(Clock::now());
      if (id != 0 && packet->header.id != id && packet->header.id != 0) continue;
      sent_by_ = {};
      if (take_in(*packet, results, observer, late ? timeout_ms : 0)) return packet->header.id;
    }
  }

 private:
  struct Wait {
    void hear(Clock::time_point now) {
      silence.heard(now);
      asked = now;
    }
    executor::Silence silence;
    Clock::time_point asked;  // or heard
    bool cancelling;
  };

  void hear_nothing(std::uint64_t id, Wait& wait, Clock::time_point now) {
    if (!wait.cancelling && is_sending(now)) return wait.hear(now);
    if (id != 0 && is_lost()) throw CallError(lost());
    if (wait.silence.time() > patience()) throw CallError(gone());
    if (now - wait.asked <= kAskAfter) return;
    ask_for_life(id);
    // A restarted gateway did not know whose job the first message was about.
    if (wait.cancelling) executor::send(socket_, {header_of(Kind::cancel, id), {}, {}});
    wait.asked = now;
  }

  milliseconds patience() const { return again_ ? kRestartTime : kGoneAfter; }

  // Nothing is heard while a large request is on its way over a slow line, nor could be asked. On
  // this host no line is slow: a server that hangs is found as soon with a large request.
  void note_sent(const Packet& packet) {
    handshakes_.look();
    link_ = handshakes_.links() + (handshakes_.is_linked() ? 0 : 1);
    sent_by_ = {};
    if (!address_.starts_with("tcp://")) return;
    std::uint64_t size = packet.body.size();
    for (const auto& blob : packet.blobs) size += blob.size();
    sent_by_ = Clock::now() + std::chrono::seconds(size / kSlowestLine);
  }
  bool is_sending(Clock::time_point now) const {
    return now < sent_by_ && handshakes_.is_linked() && handshakes_.links() == link_;
  }
  // The link that carried the request has ended, nobody accepted it, and it must not be sent twice.
  bool is_lost() const { return !again_ && job_.empty() && handshakes_.links() > link_; }

  schemas::Fault lost() const {
    return {"unavailable", "client", "",
            "the connection to " + address_ + " was lost before the request was accepted",
            "ask again; a request with --key is sent again by itself"};
  }

  Packet control_packet(std::uint64_t id, const std::string& action, const std::string& job,
                        const schemas::Values& with = {}) {
    return packet_of(header_of(Kind::control, id),
                     schemas::Message::of(schemas::Control{action, job, with}));
  }

  // A restarted gateway knows nothing about this connection, so the question for a sign of life
  // also joins the job again. Never waits.
  void ask_for_life(std::uint64_t id) {
    Packet packet{header_of(Kind::status, 0), {}, {}};
    if (id != 0 && !job_.empty()) {
      packet = control_packet(id, "watch", job_);
    } else if (id != 0 && again_) {
      packet = *again_;
      packet.header.channel = channel_.name();
    }
    const auto rest = channel_.pass(packet);
    executor::send(socket_, rest ? *rest : packet);
  }

  void ask_within(Kind kind, std::uint64_t id, Clock::time_point deadline) {
    while (!executor::send(socket_, {header_of(kind, id), {}, {}})) {
      if (Clock::now() > deadline) throw CallError(gone());
      zmq_pollitem_t item{socket_.handle(), 0, ZMQ_POLLOUT, 0};
      zmq_poll(&item, 1, 10);
    }
  }

  void fetch(Packet& packet) {
    try {
      channel_.fetch(packet);
    } catch (const executor::Error& error) {
      throw CallError({error.code(), "client", packet.header.job, error.what(), error.hint()});
    }
  }

  schemas::Header header_of(Kind kind, std::uint64_t id) {
    schemas::Header header;
    header.kind = kind;
    header.id = id;
    header.owner = caller_.owner;
    header.credential = caller_.credential;
    header.channel = channel_.name();
    return header;
  }

  CallError late_fault(std::uint32_t timeout_ms) const {
    const std::string late = "no answer within " + std::to_string(timeout_ms) + " ms";
    if (waits_.empty()) {
      return CallError({"timeout", "client", "", late, "give it more time, or ask for less"});
    }
    return CallError({"timeout", "client", "", late + ": " + waits_,
                      "see to what it waits for, or give it more time"});
  }

  // True when the request has ended.
  bool take_in(const Packet& packet, std::vector<schemas::Message>* results,
               const Observer& observer, std::uint32_t late_ms) {
    switch (packet.header.kind) {
      case Kind::accepted:
        if (job_ == packet.header.job) return false;  // again, after a restart of the gateway
        job_ = packet.header.job;
        if (observer.accepted) observer.accepted(job_);
        return false;
      case Kind::progress: {
        const auto progress = schemas::unpack<schemas::Progress>(packet.body.view());
        const auto& waiting = schemas::Progress::kWaiting;
        waits_ = progress.text.starts_with(waiting) ? progress.text.substr(waiting.size()) : "";
        if (observer.progress) observer.progress(progress, packet.blobs);
        return false;
      }
      case Kind::result:
        // A restarted gateway sends the results again: skip those that are already here.
        if (results != nullptr && packet.header.seq >= results->size()) {
          results->push_back(message_of(packet));
        }
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
  Caller caller_;
  zmq::context_t context_;
  zmq::socket_t socket_;
  executor::HandshakeWatch handshakes_;
  executor::Dial dial_;
  executor::PeerSharedMemory channel_;
  std::uint64_t last_id_ = 0;
  unsigned link_ = 0;            // that carries the request, counted by handshakes_
  Clock::time_point sent_by_;    // the request may be on its way so long
  std::string job_;              // of the request that is followed, once accepted
  std::string waits_;            // what it waits for, as the server has told
  std::optional<Packet> again_;  // the request, when sending it again makes no second job
};

Client::Client(const std::string& address, Caller caller) {
  executor::check_server_address(address);
  link_ = std::make_unique<Link>(address, std::move(caller));
}

Client::~Client() = default;

bool Client::reachable(std::uint32_t timeout_ms) {
  try {
    link_->report(Kind::status, timeout_ms);
    return true;
  } catch (const CallError& error) {
    return error.fault.stage == "gateway";  // it refuses to say more: an answer all the same
  }
}

std::optional<schemas::Fault> Client::objection() {
  return link_->objection();
}

std::vector<schemas::Message> Client::call(const std::string& endpoint,
                                           const schemas::Message& request,
                                           const Observer& observer, std::uint32_t timeout_ms,
                                           const std::string& key) {
  std::vector<schemas::Message> results;
  const std::uint64_t id = link_->start(endpoint, request, key, timeout_ms);
  link_->follow(id, &results, observer, timeout_ms);
  return results;
}

std::vector<schemas::Message> Client::watch(const std::string& job, const Observer& observer) {
  std::vector<schemas::Message> results;
  link_->follow(link_->control("watch", job), &results, observer, 0);
  return results;
}

std::string Client::retry(const std::string& job) {
  return link_->answer_to(link_->control("retry", job), kAnswer_ms).header.job;
}

schemas::JobReport Client::control(const std::string& action, const std::string& job) {
  const Packet answer = link_->answer_to(link_->control(action, job), kAnswer_ms);
  return schemas::unpack<schemas::JobReport>(answer.body.view());
}

void Client::steer(const std::string& action, const std::string& what,
                   const schemas::Values& with) {
  link_->answer_to(link_->control(action, what, with), kSteer_ms);
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
