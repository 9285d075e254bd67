#include "flow/command/open_loop.h"

#include <sys/epoll.h>
#include <sys/prctl.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "executor/descriptor.h"
#include "executor/dial.h"
#include "executor/error.h"
#include "executor/file_limit.h"
#include "executor/shared_memory.h"
#include "executor/socket.h"
#include "flow/command/interrupt.h"
#include "schemas/link.h"

namespace flow::command {
namespace {

using executor::Packet;
using executor::Role;
using schemas::Kind;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr milliseconds kConnect{5'000};
constexpr milliseconds kLook{50};  // how often to look for an interruption
// Waking from a long sleep takes 200 us and more, which must not count as waiting for an answer. So
// the sleep ends early, and the rest is spent awake, watching the clock.
constexpr milliseconds kLongSleep{10};
constexpr std::chrono::microseconds kEarly{500};
constexpr unsigned kTimerSlack_ns = 1'000;
constexpr std::size_t kMostInATurn = 64;  // packets of one connection in a row; others wait
constexpr int kEventsAtOnce = 256;

double ms_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double, std::milli>(to - from).count();
}

struct Connection {
  Connection(zmq::context_t& context, const std::string& address, const Caller& caller)
      : socket(make_socket(context, Role::peer, address, caller.keys ? &*caller.keys : nullptr)),
        channel(address) {
    executor::Dial(socket, address);
  }

  zmq::socket_t socket;
  executor::PeerSharedMemory channel;
  bool in_turn = false;  // something may have come
};

// One run: a schedule, connections, and what became of each request.
class OpenLoop {
 public:
  OpenLoop(const std::string& address, const Caller& caller, const LoadPlan& plan)
      : plan_(plan),
        address_(address),
        total_(plan.requests()),
        context_(1, static_cast<int>(plan.connections) + 1),
        poll_(::epoll_create1(EPOLL_CLOEXEC)),
        open_(total_, false) {
    ::prctl(PR_SET_TIMERSLACK, kTimerSlack_ns);  // else a sleep is 50 us too long
    header_.kind = Kind::request;
    header_.endpoint = plan.endpoint;
    header_.owner = caller.owner;
    header_.credential = caller.credential;
    connections_.reserve(plan.connections);
    for (std::size_t i = 0; i < plan.connections; ++i) connect(caller);
    figures_.times_ms.reserve(total_);
    figures_.sent_late_ms.reserve(total_);
  }

  LoadFigures run() {
    for (std::size_t i = 0; i < connections_.size(); ++i) wait_connected(i);
    begin_ = last_ = Clock::now();
    std::optional<Clock::time_point> all_sent;
    while (!interrupted()) {
      send_due();
      receive_all();
      if (figures_.sent == total_ && under_way_ == 0) break;
      const auto now = Clock::now();
      if (figures_.sent == total_ && !all_sent) all_sent = now;
      if (all_sent && ms_between(*all_sent, now) > kPatience_s * 1000) break;
      wait(now);
    }
    figures_.lost = under_way_;
    figures_.answered_per_s =
        static_cast<double>(figures_.answered) / std::max(1e-9, ms_between(begin_, last_) / 1000);
    return std::move(figures_);
  }

 private:
  void connect(const Caller& caller) {
    Connection& made = connections_.emplace_back(context_, address_, caller);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = connections_.size() - 1;
    const int descriptor = made.socket.get(zmq::sockopt::fd);
    if (::epoll_ctl(poll_.get(), EPOLL_CTL_ADD, descriptor, &event) != 0) {
      throw executor::Error("internal", "cannot watch this many connections",
                            "raise the limit of open files: ulimit -n");
    }
  }

  // Waits for the answer to a status, so that the gateway already knows this peer at the first
  // request.
  void wait_connected(std::size_t index) {
    Connection& to = connections_[index];
    Packet packet{{.kind = Kind::status, .id = total_ + 1, .owner = header_.owner}, {}, {}};
    packet.header.credential = header_.credential;
    packet.header.channel = to.channel.name();
    const auto deadline = Clock::now() + kConnect;
    while (!executor::send(to.socket, packet)) {
      if (Clock::now() > deadline || interrupted()) throw_unavailable();
      zmq_pollitem_t item{to.socket.handle(), 0, ZMQ_POLLOUT, 0};
      zmq_poll(&item, 1, kLook.count());
    }
    while (!executor::receive(to.socket, Role::peer, kLook)) {
      if (Clock::now() > deadline || interrupted()) throw_unavailable();
    }
  }

  [[noreturn]] void throw_unavailable() const {
    throw CallError({"unavailable", "client", "", "no answer from " + address_,
                     "is the server running? `souvenir status`, `souvenir up`"});
  }

  Clock::time_point due(std::size_t request) const {
    return begin_ + nanoseconds(static_cast<std::int64_t>(static_cast<double>(request) * 1e9 /
                                                          plan_.rate_per_s));
  }

  bool window_is_full() const { return plan_.window > 0 && under_way_ >= plan_.window; }

  // A request that cannot be sent yet stays due; its wait has begun.
  void send_due() {
    const auto now = Clock::now();
    while (figures_.sent < total_ && due(figures_.sent) <= now && !window_is_full()) {
      const std::size_t request = figures_.sent;
      const std::size_t index = request % connections_.size();
      Connection& to = connections_[index];
      header_.id = request + 1;
      header_.channel = plan_.request.blobs.empty() ? 0 : to.channel.name();
      const Packet packet = executor::packet_of(header_, plan_.request);
      const auto rest = to.channel.pass(packet);
      if (!executor::send(to.socket, rest ? *rest : packet)) return;
      note(index);  // sending may have consumed the signal that something came
      ++figures_.sent;
      ++under_way_;
      open_[request] = true;
      figures_.sent_late_ms.push_back(ms_between(due(request), Clock::now()));
    }
  }

  void note(std::size_t index) {
    if (std::exchange(connections_[index].in_turn, true)) return;
    turns_.push_back(index);
  }

  void receive_all() {
    for (const std::size_t index : std::exchange(turns_, {})) {
      Connection& from = connections_[index];
      from.in_turn = false;
      std::size_t heard = 0;
      while (auto received = executor::receive(from.socket, Role::peer)) {
        if (!received->error) from.channel.fetch(received->packet);
        take(*received);
        if (++heard < kMostInATurn) continue;
        note(index);
        break;
      }
    }
  }

  void take(const executor::Received& received) {
    const Packet& packet = received.packet;
    const bool ends = packet.header.kind == Kind::ended || packet.header.kind == Kind::refused;
    if (received.error || !ends || packet.header.id == 0 || packet.header.id > total_) return;
    const auto request = static_cast<std::size_t>(packet.header.id - 1);
    if (!open_[request]) return;
    open_[request] = false;
    --under_way_;
    if (packet.header.kind == Kind::refused) {
      ++figures_.refused;
      return note_fault(schemas::unpack<schemas::Fault>(packet.body.view()));
    }
    const auto ended = schemas::unpack<schemas::Ended>(packet.body.view());
    if (ended.outcome != "done") {
      ++figures_.failed;
      return note_fault(ended.fault);
    }
    ++figures_.answered;
    last_ = Clock::now();
    figures_.times_ms.push_back(ms_between(due(request), last_));
  }

  void note_fault(const schemas::Fault& fault) {
    if (figures_.first_fault.empty()) figures_.first_fault = fault.code + ": " + fault.cause;
  }

  // Until a packet comes, or the next request is due.
  void wait(Clock::time_point now) {
    if (!turns_.empty()) return;
    nanoseconds left = kLook;
    bool early = false;
    if (figures_.sent < total_ && !window_is_full()) {
      const nanoseconds until = due(figures_.sent) - now;
      early = until > kLongSleep && until <= kLook;
      left = std::clamp<nanoseconds>(early ? until - kEarly : until, nanoseconds(0), left);
    }
    const timespec timeout{0, left.count()};
    std::array<epoll_event, kEventsAtOnce> events{};
    const int ready = ::epoll_pwait2(poll_.get(), events.data(), kEventsAtOnce, &timeout, nullptr);
    for (int i = 0; i < ready; ++i) note(events[static_cast<std::size_t>(i)].data.u64);
    while (early && ready == 0 && Clock::now() < due(figures_.sent)) {
    }
  }

  const LoadPlan& plan_;
  std::string address_;
  std::size_t total_;
  zmq::context_t context_;
  executor::Descriptor poll_;
  std::vector<Connection> connections_;
  std::vector<std::size_t> turns_;  // connections where something may have come
  schemas::Header header_;
  std::vector<bool> open_;  // by request
  std::size_t under_way_ = 0;
  Clock::time_point begin_;
  Clock::time_point last_;  // the latest answer
  LoadFigures figures_;
};

}  // namespace

std::size_t LoadPlan::requests() const {
  const double wanted = rate_per_s * seconds;
  if (wanted < 1 || wanted > static_cast<double>(kMaxRequests)) {
    throw executor::Error("bad_input", "rate and seconds give an invalid number of requests",
                          "1 to " + std::to_string(kMaxRequests) + " in all");
  }
  return static_cast<std::size_t>(std::llround(wanted));
}

LoadFigures run_open_loop(const std::string& address, const Caller& caller, const LoadPlan& plan) {
  executor::raise_file_limit();
  return OpenLoop(address, caller, plan).run();
}

double quantile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  const auto at =
      static_cast<std::size_t>(std::llround(share * static_cast<double>(values.size() - 1)));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at), values.end());
  return values[at];
}

}  // namespace flow::command
