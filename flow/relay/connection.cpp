#include "flow/relay/connection.h"

#include <linux/sockios.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "flow/relay/listen.h"

namespace flow::relay {
namespace {

constexpr std::uint64_t kHelloBytes = 200;
// Of a heartbeat under CURVE: its five letters, and what it carries.
constexpr std::uint64_t kLeastHeartbeat = kBoxBytes + 5,
                        kMostHeartbeat = kBoxBytes + kHeartbeatBytes;

}  // namespace

Connection::Connection(Shared& shared, std::uint64_t id, Door& door, executor::Descriptor outer,
                       PeerAddress address)
    : shared_(shared),
      id_(id),
      door_(door),
      address_(std::move(address)),
      outer_(std::move(outer)),
      since_(shared.now) {
  down_.put(greeting_of(door.mechanism));
}

Connection::~Connection() {
  end();
}

void Connection::work(bool from_peer, bool from_gateway) {
  bool more = true;
  for (int round = 0; more && round < kRoundsInATurn; ++round) {
    more = from_gateway && (inner_events() & EPOLLIN) != 0 && read_inner();
    more |= from_peer && (outer_events() & EPOLLIN) != 0 && read_outer();
    if (!is_over()) work_down();
    if (!is_over()) work_up();
  }
  if (phase_ == Phase::leaving) work_leaving();
}

// Whether there may be more.
bool Connection::read_outer() {
  if (!may_read()) return false;
  const auto most = phase_ == Phase::open ? kChunkBytes : kHandshakeChunkBytes;
  const auto before = up_.rest().size();
  const auto how = up_.read(outer_.get(), most);
  if (!is_curve()) shared_.plain.take(up_.rest().size() - before);
  if (how == Stream::Flow::broken) leave();
  peer_done_ |= how == Stream::Flow::end;
  return how == Stream::Flow::full;
}

// On a link without keys at the pace of all of them; the first chunk of a window in any case.
bool Connection::may_read() {
  if (is_curve() || phase_ != Phase::open) return true;
  const bool has_room = shared_.plain.has_room(shared_.now);
  const Time window = shared_.plain.window();
  if (std::exchange(last_window_, window) != window || has_room) return true;
  is_paced_ = true;
  shared_.paced.push_back(id_);
  return false;
}

bool Connection::read_inner() {
  if (phase_ == Phase::leaving) return false;  // work_leaving() does
  const auto how = down_.read(inner_.get(), kChunkBytes);
  if (how != Stream::Flow::end && how != Stream::Flow::broken) return how == Stream::Flow::full;
  work_down();  // what it said last
  inner_ = {};
  if (phase_ > Phase::leaving) return false;
  phase_ = Phase::leaving;
  since_ = shared_.now;
  return false;
}

// From the gateway to the peer.
void Connection::work_down() {
  if (greeting_left_ > 0 && inner_) {
    const auto count = std::min(greeting_left_, down_.rest().size());
    down_.swallow(count);
    greeting_left_ -= count;
  }
  while (!down_.rest().empty()) {
    const auto count = std::min<std::uint64_t>(down_left_, down_.rest().size());
    down_.pass(count);
    down_left_ -= count;
    FrameHeader header;
    if (down_.rest().empty() || read_frame_header(down_.rest(), header) != Reading::good) break;
    if (phase_ != Phase::open) {
      if (!pass_command_down(header)) break;
      continue;
    }
    const bool may_be_heartbeat =
        is_curve() && header.size >= kLeastHeartbeat && header.size <= kMostHeartbeat;
    if (may_be_heartbeat && ahead_.frames > 0) --ahead_.frames;
    down_.pass(header.length);
    down_left_ = header.size;
  }
  if (outer_ && down_.write(outer_.get()) == Stream::Flow::broken && !is_over()) leave();
}

// Of the handshake, as a whole; false when more of it has to come.
bool Connection::pass_command_down(const FrameHeader& header) {
  if (header.size > kMaxCommandBytes) {
    leave();
    return false;
  }
  if (down_.rest().size() < header.length + header.size) return false;
  const auto name = command_name(down_.rest().substr(header.length, header.size));
  const bool good = name == "READY", bad = name == "ERROR";
  // The server said whom it lets in before the gateway said READY: it is heard now, if not before.
  if (good && !owner_ && !std::exchange(needs_verdict_, true)) return false;
  down_.pass(header.length + header.size);
  if (good || bad) decided(good);
  return !is_over();
}

void Connection::decided(bool good) {
  if (shared_.turn == id_) shared_.turn = 0;
  if (good && owner_) {
    phase_ = Phase::open;
    was_let_in_ = true;
    shared_.caps.let_in(address_.group);
    return;
  }
  phase_ = Phase::leaving;  // the peer is told first
  since_ = shared_.now;
  if (inner_) ::shutdown(inner_.get(), SHUT_WR);
}

// From the peer to the gateway.
void Connection::work_up() {
  if (phase_ == Phase::greeting) take_greeting();
  if (phase_ == Phase::hello) take_command("HELLO", kGreetingBytes, Phase::initiate);
  if (phase_ == Phase::initiate) take_command("INITIATE", 0, Phase::waiting);
  if (phase_ == Phase::waiting) wait_turn();
  if (phase_ == Phase::open) pass_messages();
  if (is_over()) return;
  if (inner_ && up_.write(inner_.get()) == Stream::Flow::broken) return leave();
  // Half a frame at the end is nobody's.
  if (peer_done_ && !held_ && !up_.to_write() && phase_ != Phase::waiting &&
      phase_ != Phase::deciding) {
    leave();
  }
}

void Connection::take_greeting() {
  const auto how = read_greeting(up_.rest(), door_.mechanism);
  if (how == Reading::bad) return leave();
  if (how == Reading::good) phase_ = is_curve() ? Phase::hello : Phase::waiting;
}

// The command at this place, once it is here as a whole: to the gateway, unless it waits its turn.
void Connection::take_command(std::string_view name, std::size_t at, Phase then) {
  const auto rest = up_.rest().substr(at);
  FrameHeader header;
  const auto how = read_frame_header(rest, header);
  if (how == Reading::incomplete) return;
  const auto most = then == Phase::initiate ? kHelloBytes : kMaxCommandBytes;
  if (how == Reading::bad || !header.command || header.size > most) return leave();
  if (rest.size() < header.length + header.size) return;
  if (command_name(rest.substr(header.length, header.size)) != name) return leave();
  if (then == Phase::initiate) {
    if (header.size != kHelloBytes || !connect()) return leave();
    up_.pass(at + header.length + header.size);
  }
  phase_ = then;
}

bool Connection::connect() {
  // In turn: a peer that comes to the one with other keys comes again, to the other one.
  const bool other_first = std::exchange(door_.other_is_next, !door_.other_is_next);
  inner_ = connect_to(other_first ? door_.other_file : door_.file);
  if (!inner_) inner_ = connect_to(other_first ? door_.file : door_.other_file);
  return static_cast<bool>(inner_);
}

void Connection::wait_turn() {
  if (shared_.turn == 0) shared_.turn = id_;
  if (shared_.turn != id_) {
    if (!queued_) shared_.queue.push_back(id_);
    queued_ = true;
    return;
  }
  if (!announced_) shared_.control.say(record_of(Say::arrive, id_, address_.text));
  announced_ = true;
  shared_.control.flush();
  if (shared_.control.has_queue()) return;  // the gateway has to know it first
  FrameHeader header;
  if (is_curve()) {
    read_frame_header(up_.rest(), header);
    up_.pass(header.length + header.size);
  } else if (connect()) {
    up_.pass(kGreetingBytes);
  } else {
    return leave();
  }
  phase_ = Phase::deciding;
}

void Connection::pass_messages() {
  while (!up_.rest().empty()) {
    const auto count = std::min<std::uint64_t>(up_left_, up_.rest().size());
    up_.pass(count);
    up_left_ -= count;
    FrameHeader header;
    const auto how = read_frame_header(up_.rest(), header);
    if (how == Reading::incomplete) return;
    if (how == Reading::bad) return leave();
    if (!may_pass(header)) return;
    held_.reset();
    up_.pass(header.length);
    up_left_ = header.size;
  }
}

bool Connection::may_pass(const FrameHeader& header) {
  if (!is_curve()) return may_pass_plain(header);
  if (header.command || header.more || header.size < kBoxBytes ||
      header.size > kMaxFrameBytes + kBoxBytes) {
    leave();
    return false;
  }
  return pass_if_room(header.size - kBoxBytes);
}

// Without CURVE the end of a message is seen, and what is a command.
bool Connection::may_pass_plain(const FrameHeader& header) {
  const bool too_long = header.size > (header.command ? kMaxCommandBytes : kMaxFrameBytes);
  if (too_long || (!header.command && frames_of_message_ >= kMaxFrames)) {
    leave();
    return false;
  }
  if (header.command) return true;
  if (!pass_if_room(header.size)) return false;
  frames_of_message_ = header.more ? frames_of_message_ + 1 : 0;
  return true;
}

bool Connection::pass_if_room(std::uint64_t size) {
  const auto bytes = counted_bytes(size);
  if (ahead_.frames >= kFramesAhead || !shared_.quotas.has_room(owner(), ahead_.bytes, bytes)) {
    if (!held_) held_ = shared_.now;
    return false;
  }
  ++ahead_.frames;
  ahead_.bytes += bytes;
  shared_.quotas.add(owner(), bytes);
  return true;
}

void Connection::let_in(Owner owner, bool is_stage) {
  owner_ = owner;
  if (outer_) count_as_gone_after(outer_.get(), is_stage ? kStageGone : kClientGone);
}

void Connection::read_by_gateway(std::uint32_t frames, std::uint64_t bytes) {
  bytes = std::min(bytes, ahead_.bytes);
  ahead_.frames -= std::min(frames, ahead_.frames);
  ahead_.bytes -= bytes;
  shared_.quotas.remove(owner(), bytes);
}

void Connection::ask_when_held() {
  int unread = 0;
  if (phase_ != Phase::open || !held_ || asked_ || up_.to_write()) return;
  if (::ioctl(inner_.get(), SIOCOUTQ, &unread) != 0 || unread > 0) return;
  shared_.control.say(record_of(Say::ask, id_));
  asked_ = true;
}

void Connection::caught_up() {
  asked_ = false;
  if (phase_ == Phase::asked) return end();
  work(false, false);
  stuck_ = held_.has_value();
}

void Connection::tick() {
  if (phase_ < Phase::waiting && shared_.now - since_ > kHandshakeTime) leave();
  up_.rest_when_empty();
  down_.rest_when_empty();
  stuck_ = false;
  ask_when_held();
  if (!is_over() || phase_ == Phase::leaving) work(false, phase_ == Phase::leaving);
}

void Connection::leave() {
  if (is_over()) return;
  outer_ = {};
  held_.reset();
  if (inner_) ::shutdown(inner_.get(), SHUT_WR);
  phase_ = Phase::leaving;
  since_ = shared_.now;
  work_leaving();
}

// The gateway's library closes its end once it has taken in what came before.
void Connection::work_leaving() {
  if (outer_ && (down_.write(outer_.get()) == Stream::Flow::broken || !down_.to_write() ||
                 shared_.now - since_ > kFarewell)) {
    outer_ = {};
  }
  std::array<char, 4096> nothing;
  while (inner_) {
    const auto got = ::recv(inner_.get(), nothing.data(), nothing.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) inner_ = {};
  }
  if (outer_) return;
  if (announced_) {
    Record ask = record_of(Say::ask, id_);
    ask.count = 1;
    shared_.control.say(ask);
    phase_ = Phase::asked;
  } else {
    end();
  }
}

void Connection::end() {
  phase_ = Phase::gone;
  outer_ = {};
  inner_ = {};
  if (shared_.turn == id_) shared_.turn = 0;
  read_by_gateway(ahead_.frames, ahead_.bytes);
  if (counted_) shared_.caps.leave(address_.group, was_let_in_);
  counted_ = false;
}

std::uint32_t Connection::outer_events() const {
  const bool reads = phase_ < Phase::waiting || (phase_ == Phase::open && !held_ && !is_paced_);
  const bool in = reads && !up_.to_write() && !peer_done_;
  return (in ? EPOLLIN : 0U) | (down_.to_write() ? EPOLLOUT : 0U);
}

std::uint32_t Connection::inner_events() const {
  const bool in = phase_ == Phase::leaving || !down_.to_write();
  return (in ? EPOLLIN : 0U) | (up_.to_write() ? EPOLLOUT : 0U);
}

}  // namespace flow::relay
