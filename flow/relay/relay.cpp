#include "flow/relay/relay.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <list>
#include <memory>
#include <unordered_map>
#include <utility>

#include "flow/relay/connection.h"
#include "flow/relay/listen.h"

namespace flow::relay {
namespace {

constexpr int kEventsInATurn = 128;
// What an event belongs to: a listener has its place, a connection twice its number, and one more
// for the gateway's end.
constexpr std::uint64_t kControl = 0, kFirstConnection = 1'000;

struct Listener {
  executor::Descriptor socket;
  Connection::Door door;
};

class Relay {
 public:
  explicit Relay(executor::Descriptor control) : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    shared_.control = Control(std::move(control));
  }

  bool begin();
  void run();

 private:
  struct Entry {
    std::unique_ptr<Connection> connection;
    int outer = -1, inner = -1;  // as epoll knows them
    std::uint32_t outer_events = 0, inner_events = 0;
  };

  void turn();
  void take(const epoll_event& event);
  void accept(Listener& listener);
  void listen(bool is_on);
  void end_pauses();
  void add(Listener& listener, executor::Descriptor socket, const sockaddr_storage& address);
  void drop_oldest_handshake();
  void hear_server();
  void hear(const Record& record);
  void tick();
  void make_room(Connection& stuck);
  Connection* largest_of(Owner owner);
  Entry* find(std::uint64_t id);
  void work(Entry& entry, bool from_peer, bool from_gateway);
  void watch(Entry& entry);
  void watch(int descriptor, int& known, std::uint32_t events, std::uint32_t& known_events,
             std::uint64_t name);
  void give_turn();
  bool is_ending() const { return shared_.control.is_over(); }

  Shared shared_;
  executor::Descriptor epoll_;
  std::list<Listener> listeners_;
  std::unordered_map<std::uint64_t, Entry> connections_;
  std::uint64_t last_ = 0;
  Time last_tick_{};
  Pace newcomers_{kNewcomersInAWindow};
  bool is_listening_ = false;
};

bool Relay::begin() {
  executor::Descriptor none;
  const auto first = shared_.control.wait_for_record(none);
  if (!first || first->say != Say::begin) return false;
  last_ = first->connection;
  shared_.caps = Caps(first->number);
  for (std::uint32_t i = 0; i < first->count; ++i) {
    executor::Descriptor socket;
    const auto record = shared_.control.wait_for_record(socket);
    if (!record || record->say != Say::listen || !socket) return false;
    const std::string files(record->words());
    const auto end = std::min(files.find('\n'), files.size());
    const auto mechanism = static_cast<Mechanism>(record->count);
    listeners_.push_back(
        {std::move(socket),
         {mechanism, files.substr(0, end), files.substr(std::min(end + 1, files.size()))}});
  }
  epoll_event event{EPOLLIN, {.u64 = kControl}};
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, shared_.control.descriptor(), &event);
  listen(true);
  return true;
}

void Relay::run() {
  while (!is_ending()) turn();
  // The gateway is closed: what it said last goes out.
  for (auto& listener : listeners_) listener.socket = {};
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, shared_.control.descriptor(), nullptr);
  const Time end = Clock::now() + kFarewell;
  while (Clock::now() < end && !connections_.empty()) {
    turn();
    std::erase_if(connections_, [](const auto& entry) {
      return entry.second.connection->phase() >= Connection::Phase::asked;
    });
  }
}

void Relay::turn() {
  std::array<epoll_event, kEventsInATurn> events;
  const auto most = is_listening_ && shared_.paced.empty() ? kTick : kWindow;
  const int count =
      ::epoll_wait(epoll_.get(), events.data(), kEventsInATurn, static_cast<int>(most.count()));
  shared_.now = Clock::now();
  if (!is_listening_ && newcomers_.has_room(shared_.now)) listen(true);
  end_pauses();
  for (int i = 0; i < count; ++i) take(events[static_cast<std::size_t>(i)]);
  if (shared_.now - last_tick_ >= kTick) tick();
  give_turn();
  if (!is_ending()) shared_.control.flush();
}

void Relay::take(const epoll_event& event) {
  const std::uint64_t name = event.data.u64;
  if (name == kControl) return hear_server();
  if (name < kFirstConnection)
    return accept(*std::next(listeners_.begin(), static_cast<long>(name) - 1));
  Entry* entry = find(name / 2);
  if (entry == nullptr) return;
  const bool from_gateway = name % 2 == 1;
  const bool is_dead = !from_gateway && (event.events & (EPOLLHUP | EPOLLERR)) != 0;
  if (is_dead) entry->connection->leave();
  work(*entry, !from_gateway, from_gateway);
}

void Relay::accept(Listener& listener) {
  while (newcomers_.has_room(shared_.now)) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    executor::Descriptor socket(::accept4(listener.socket.get(),
                                          reinterpret_cast<sockaddr*>(&address), &size,
                                          SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket) return;
    newcomers_.take(1);
    add(listener, std::move(socket), address);
  }
  listen(false);
}

void Relay::listen(bool is_on) {
  if (is_on == is_listening_) return;
  is_listening_ = is_on;
  std::uint64_t place = kControl;
  for (const auto& listener : listeners_) {
    epoll_event event{EPOLLIN, {.u64 = ++place}};
    ::epoll_ctl(epoll_.get(), is_on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, listener.socket.get(), &event);
  }
}

void Relay::end_pauses() {
  if (shared_.paced.empty() || !shared_.plain.has_room(shared_.now)) return;
  for (const auto id : std::exchange(shared_.paced, {})) {
    Entry* entry = find(id);
    if (entry == nullptr) continue;
    entry->connection->end_pause();
    work(*entry, true, false);
  }
}

void Relay::add(Listener& listener, executor::Descriptor socket, const sockaddr_storage& address) {
  PeerAddress from = peer_address_of(address);
  if (shared_.caps.handshakes() >= kHandshakes) drop_oldest_handshake();
  if (!shared_.caps.take(from.group, shared_.now)) return;  // closed at once
  set_up_peer(socket.get());
  Entry& entry = connections_[++last_];
  entry.connection = std::make_unique<Connection>(shared_, last_, listener.door, std::move(socket),
                                                  std::move(from));
  work(entry, true, false);
}

// Who means it is let in within a moment; who only holds a place is the oldest some time.
void Relay::drop_oldest_handshake() {
  Connection* oldest = nullptr;
  for (auto& [id, entry] : connections_) {
    auto& one = *entry.connection;
    if (one.phase() >= Connection::Phase::waiting) continue;
    if (oldest == nullptr || id < oldest->id()) oldest = &one;
  }
  if (oldest == nullptr) return;
  oldest->leave();
  work(connections_.at(oldest->id()), false, false);
}

Relay::Entry* Relay::find(std::uint64_t id) {
  const auto found = connections_.find(id);
  return found == connections_.end() ? nullptr : &found->second;
}

void Relay::work(Entry& entry, bool from_peer, bool from_gateway) {
  entry.connection->work(from_peer, from_gateway);
  if (entry.connection->needs_verdict()) {
    hear_server();
    entry.connection->work(false, false);
  }
  watch(entry);
  if (entry.connection->phase() == Connection::Phase::gone)
    connections_.erase(entry.connection->id());
}

void Relay::watch(Entry& entry) {
  const auto& connection = *entry.connection;
  watch(connection.outer(), entry.outer, connection.outer_events(), entry.outer_events,
        connection.id() * 2);
  watch(connection.inner(), entry.inner, connection.inner_events(), entry.inner_events,
        connection.id() * 2 + 1);
}

// A closed descriptor leaves epoll by itself. The gateway's end is left out while nothing is wanted
// of it: a closed end is reported without end.
void Relay::watch(int descriptor, int& known, std::uint32_t events, std::uint32_t& known_events,
                  std::uint64_t name) {
  const bool is_inner = name % 2 == 1;
  const int wanted = is_inner && events == 0 ? -1 : descriptor;
  if (wanted == known && (wanted < 0 || events == known_events)) return;
  epoll_event event{events, {.u64 = name}};
  if (wanted >= 0) {
    ::epoll_ctl(epoll_.get(), wanted == known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, wanted, &event);
  } else if (descriptor >= 0) {
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, descriptor, nullptr);
  }
  known = wanted;
  known_events = events;
}

void Relay::hear_server() {
  for (const auto& record : shared_.control.take()) hear(record);
}

void Relay::hear(const Record& record) {
  Entry* entry = find(record.connection);
  if (entry == nullptr) return;
  Connection& connection = *entry->connection;
  switch (record.say) {
    case Say::let_in: connection.let_in(record.number, record.count == 1); break;
    case Say::read:
      connection.read_by_gateway(record.count, record.number);
      if (connection.held_since()) connection.work(false, false);
      break;
    case Say::caught_up:
      connection.caught_up();
      if (connection.is_stuck()) make_room(connection);
      break;
    case Say::drop:
      connection.work(false, true);  // what the gateway said last
      connection.leave();
      break;
    default: break;
  }
  watch(*entry);  // it may be gone; the next tick forgets it
}

// Nothing moves any more for want of room: the largest goes. Of one owner only when it waits
// itself; where nobody is known, in any case, for whoever holds the room may be a stranger.
void Relay::make_room(Connection& stuck) {
  if (stuck.has_too_many_frames()) return stuck.leave();
  Connection* largest = largest_of(stuck.owner());
  if (largest == nullptr) return;
  const bool alone =
      largest == &stuck && stuck.ahead().bytes == shared_.quotas.ahead(stuck.owner());
  const bool patient = shared_.now - *stuck.held_since() < kPatience;
  const bool may_go_on = stuck.owner() != kNobody && !largest->held_since();
  if (alone || !(patient || may_go_on)) largest->leave();
}

// Nobody, when only what is left of closed connections holds the room.
Connection* Relay::largest_of(Owner owner) {
  Connection* largest = nullptr;
  for (auto& [id, entry] : connections_) {
    auto& one = *entry.connection;
    if (one.phase() != Connection::Phase::open || one.owner() != owner) continue;
    if (one.ahead().bytes <= kSpareBytes) continue;  // it has no part of the room
    if (largest == nullptr || one.ahead().bytes > largest->ahead().bytes) largest = &one;
  }
  return largest;
}

// Also for those that the server spoke of: room, or an end, may have come.
void Relay::tick() {
  last_tick_ = shared_.now;
  shared_.caps.tick(shared_.now);
  for (auto at = connections_.begin(); at != connections_.end();) {
    at->second.connection->tick();
    watch(at->second);
    at = at->second.connection->phase() == Connection::Phase::gone ? connections_.erase(at)
                                                                   : std::next(at);
  }
}

// To whoever waits for the gateway's decision, when nobody has it.
void Relay::give_turn() {
  while (shared_.turn == 0 && !shared_.queue.empty()) {
    Entry* entry = find(shared_.queue.front());
    shared_.queue.pop_front();
    if (entry != nullptr) work(*entry, false, false);
  }
}

}  // namespace

int run_relay(executor::Descriptor control, const std::function<void()>& begun) {
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGXFSZ}) ::signal(number, SIG_IGN);
  Relay relay(std::move(control));
  if (!relay.begin()) return 1;
  if (begun) begun();
  relay.run();
  return 0;
}

}  // namespace flow::relay
