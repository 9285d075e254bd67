#include "flow/server/public_relay.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "executor/error.h"
#include "flow/file/address.h"
#include "flow/relay/listen.h"
#include "flow/relay/quotas.h"
#include "flow/relay/relay_limits.h"
#include "flow/relay/zmtp.h"

namespace flow {
namespace {

namespace fs = std::filesystem;
using relay::Record;
using relay::record_of;
using relay::Say;
using std::chrono::milliseconds;

constexpr milliseconds kPause{1'000};       // before a start, when the one before lived shorter
constexpr std::uint32_t kGrace_ms = 2'000;  // to write what was said last
// What was read is told in these portions.
constexpr std::uint64_t kUntoldBytes = 1ULL << 20;
constexpr std::uint32_t kUntoldFrames = 256;
constexpr int kIdBits = 32;  // of the numbers of one process's connections

// Each connection is an open file here too, and libzmq aborts a process that runs out of them.
std::size_t most_connections() {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  return std::min<std::size_t>(relay::kConnections, files.rlim_cur / 4);
}

// Whether all of IPv4 with this port, ":5555", is an address of its own.
bool has_all_v4(const std::vector<std::string>& addresses, const std::string& port) {
  return std::find(addresses.begin(), addresses.end(), "tcp://0.0.0.0" + port) != addresses.end();
}

}  // namespace

PublicRelay::PublicRelay(const std::vector<std::string>& addresses, Settings settings)
    : settings_(std::move(settings)), waits_(::epoll_create1(EPOLL_CLOEXEC)) {
  for (const auto& address : addresses) {
    const auto link = link_of(address);
    if (link == access::Link::own) continue;
    const bool curve = link == access::Link::curve;
    const auto files = curve ? socket_of(settings_.run, 'c').string() + '\n' +
                                   socket_of(settings_.run, 'd').string()
                             : socket_of(settings_.run, 'l').string();
    auto record = record_of(Say::listen, 0, files);
    record.count =
        static_cast<std::uint32_t>(curve ? relay::Mechanism::curve : relay::Mechanism::null);
    const bool v4_too = !has_all_v4(addresses, address.substr(address.rfind(':')));
    doors_.push_back({address, relay::listen_on(address, v4_too), record});
  }
  if (!is_needed()) return;
  fs::create_directories(settings_.logs);
  try {
    start();
  } catch (const std::system_error& error) {
    throw executor::Error("unavailable", error.what());
  }
}

PublicRelay::~PublicRelay() {
  control_ = {};  // it writes what is left, and ends
  if (child_) child_->terminate(kGrace_ms);
}

// Short: the path of a socket has 107 bytes.
fs::path PublicRelay::socket_of(const fs::path& run, char letter) {
  return run / (std::string(1, letter) + ".sock");
}

// The process gets no environment, and no open file but its end of the channel.
void PublicRelay::start() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    throw std::system_error(errno, std::generic_category(), "cannot start the relay");
  }
  const executor::Descriptor its_end(ends[1]);
  control_ = relay::Control(executor::Descriptor(ends[0]));
  started_ = Clock::now();
  next_start_.reset();
  child_ = std::make_unique<files::ChildProcess>(
      files::Spawn{.program = settings_.program,
                   .arguments = {"souvenir", "relay"},
                   .inherits = [](const std::string&) { return false; },
                   .env = {},
                   .input = its_end.get(),
                   .output = settings_.logs / "relay.log",
                   .append = true});
  Record first = record_of(Say::begin, ++starts_ << kIdBits);
  first.count = static_cast<std::uint32_t>(doors_.size());
  first.number = most_connections();
  control_.say(first);
  control_.flush();
  for (const auto& door : doors_) control_.hand_over(door.record, door.socket.get());
  epoll_event event{EPOLLIN, {}};
  ::epoll_ctl(waits_.get(), EPOLL_CTL_ADD, control_.descriptor(), &event);
}

access::Porter PublicRelay::porter() {
  if (!is_needed()) return {};
  return {[this] { return arriving(); },
          [this](const access::Newcomer& who, const std::string& key) { let_in(who, key); }};
}

// What it said before it let the handshake come is here by now.
std::optional<access::Newcomer> PublicRelay::arriving() {
  hear();
  return std::exchange(newcomer_, std::nullopt);  // one handshake for each announcement
}

void PublicRelay::let_in(const access::Newcomer& newcomer, const std::string& key) {
  peers_[newcomer.connection] = {newcomer.address, key};
  Record record = record_of(Say::let_in, newcomer.connection);
  record.number =
      key.empty() ? relay::kNobody : owners_.emplace(key, owners_.size() + 1).first->second;
  // Where nobody is known it may be a stage, and no cable can be cut.
  record.count = key.empty() || (settings_.is_stage && settings_.is_stage(key)) ? 1 : 0;
  control_.say(record);
  control_.flush();  // before the handshake goes on
}

std::string PublicRelay::address_of(std::uint64_t connection) const {
  const auto found = peers_.find(connection);
  return found == peers_.end() ? "" : found->second.address;
}

void PublicRelay::close_unless(const std::function<bool(const std::string& key)>& allowed) {
  for (const auto& [connection, peer] : peers_) {
    if (!peer.key.empty() && !allowed(peer.key)) drop(connection);
  }
}

void PublicRelay::hear() {
  for (const auto& record : control_.take()) {
    if (record.say == Say::arrive) newcomer_ = {record.connection, std::string(record.words())};
    if (record.say == Say::ask) asks_.push_back(record);
  }
  if (!control_.is_over() || control_.descriptor() < 0) return;
  control_ = {};  // a closed end is readable without end
  newcomer_.reset();
  peers_.clear();
  read_.clear();
  asks_.clear();
}

void PublicRelay::note_read(const executor::Received& received) {
  if (received.connection == 0) return;
  Read& read = read_[received.connection];
  read.frames += received.frames;
  read.bytes += received.bytes;
  untold_frames_ += received.frames;
  untold_bytes_ += received.bytes;
  if (untold_frames_ >= kUntoldFrames || untold_bytes_ >= kUntoldBytes) tell_read();
}

void PublicRelay::tell_read() {
  for (const auto& [connection, read] : read_) {
    Record record = record_of(Say::read, connection);
    record.count = read.frames;
    record.number = read.bytes;
    if (control_.descriptor() >= 0) control_.say(record);
  }
  read_.clear();
  untold_frames_ = 0;
  untold_bytes_ = 0;
  control_.flush();
}

void PublicRelay::note_all_read() {
  if (asks_.empty()) return;
  tell_read();
  for (const auto& ask : asks_) {
    control_.say(record_of(Say::caught_up, ask.connection));
    if (ask.count > 0) peers_.erase(ask.connection);
    if (newcomer_ && newcomer_->connection == ask.connection) newcomer_.reset();
  }
  asks_.clear();
  control_.flush();
}

void PublicRelay::drop(std::uint64_t connection) {
  if (connection == 0 || control_.descriptor() < 0) return;
  control_.say(record_of(Say::drop, connection));
  control_.flush();
}

void PublicRelay::reap(Time now) {
  if (!child_ || !child_->wait(0)) return;
  child_.reset();
  next_start_ = std::max(now, started_ + kPause);
}

void PublicRelay::tick(Time now) {
  if (!is_needed()) return;
  tell_read();
  if (child_ && control_.descriptor() < 0) child_->send(SIGKILL);  // it closed its end, and stays
  if (child_ || !next_start_ || now < *next_start_) return;
  try {
    hear();  // what is left of the one before
    start();
  } catch (const std::system_error&) {
    next_start_ = now + kPause;  // the host may have too many processes, for a while
  }
}

}  // namespace flow
