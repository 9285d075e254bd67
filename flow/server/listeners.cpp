#include "flow/server/listeners.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "executor/error.h"
#include "flow/access/zap.h"
#include "flow/file/address.h"
#include "flow/server/public_relay.h"

namespace flow {
namespace {

using access::Link;
using executor::Role;

const std::string kIpc = "ipc://";
// Behind a relay, which bounds the time of handshakes: it may be that many come at once.
constexpr int kRelayedHandshake_ms = 10'000;
constexpr int kRelayedBacklog = 512;

constexpr char kCurve = 'c', kCurveToo = 'd';  // the latter in turn with it, when keys are rotated
constexpr int kFarewell_ms = 500;  // at most, for what was said last: the answer to `stop`

// libzmq's own names of peers may be equal on two sockets.
char letter_of(Link link) {
  return link == Link::own ? 'i' : link == Link::loopback ? 'l' : kCurve;
}

// The files that are made meanwhile are the owner's alone: whoever reaches an ipc socket is the
// operator.
class OwnFilesOnly {
 public:
  OwnFilesOnly() : before_(::umask(0077)) {}
  ~OwnFilesOnly() { ::umask(before_); }
  OwnFilesOnly(const OwnFilesOnly&) = delete;
  OwnFilesOnly& operator=(const OwnFilesOnly&) = delete;

 private:
  mode_t before_;
};

}  // namespace

Listeners::Listeners(zmq::context_t& context, const std::vector<std::string>& addresses,
                     const std::optional<executor::CurveKeys>& keys,
                     const std::filesystem::path& behind)
    : context_(context), behind_(behind) {
  for (const auto& address : addresses) bind(listener(address, context, keys), address);
}

Listeners::~Listeners() {
  for (auto& listener : listeners_) listener.socket.set(zmq::sockopt::linger, kFarewell_ms);
  for (const auto& file : files_) unlink(file.c_str());
}

Listeners::Listener& Listeners::listener(const std::string& address, zmq::context_t& context,
                                         const std::optional<executor::CurveKeys>& keys) {
  const auto link = link_of(address);
  for (auto& open : listeners_) {
    if (open.link == link) return open;
  }
  const bool encrypted = link == Link::curve;
  if (encrypted && !keys) throw executor::Error("bad_config", "a public address needs keys");
  listeners_.push_back(
      {link, letter_of(link),
       make_socket(context, Role::gateway, address, encrypted ? &*keys : nullptr)});
  return listeners_.back();
}

void Listeners::bind(Listener& listener, const std::string& address) {
  const OwnFilesOnly own_files_only;
  if (listener.link != Link::own) return bind_behind(listener, address);
  files_.push_back(address.substr(kIpc.size()));
  locks_.emplace_back(files_.back() + ".lock");
  try {
    listener.socket.bind(address);
  } catch (const zmq::error_t& error) {
    throw executor::Error("unavailable", "cannot listen on " + address + ": " + error.what(),
                          "another program uses it, or this host has no such address: change "
                          "`listen` in the flow file");
  }
  channels_.listen(address);
}

// One socket for all addresses of a link.
void Listeners::bind_behind(Listener& listener, const std::string& address) {
  if (listener.link == Link::curve) public_endpoint_ = address;
  const std::string inner = kIpc + PublicRelay::socket_of(behind_, listener.letter).string();
  if (!listener.socket.get(zmq::sockopt::last_endpoint).empty()) return;
  listener.socket.set(zmq::sockopt::handshake_ivl, kRelayedHandshake_ms);
  listener.socket.set(zmq::sockopt::backlog, kRelayedBacklog);
  if (listener.link == Link::loopback) {
    const int enforce = 1;
    listener.socket.set(zmq::sockopt::zap_domain, access::kPlainDomain);
    zmq_setsockopt(listener.socket.handle(), executor::kZapEnforceDomain, &enforce, sizeof enforce);
  }
  try {
    listener.socket.bind(inner);
    files_.push_back(inner.substr(kIpc.size()));
  } catch (const zmq::error_t& error) {
    throw executor::Error("unavailable", "cannot listen on " + inner + ": " + error.what(),
                          "choose a shorter folder, for example with SOUVENIR_HOME");
  }
}

void Listeners::rotate(const executor::CurveKeys& keys) {
  end_overlap();
  const auto present = std::find_if(listeners_.begin(), listeners_.end(),
                                    [](const auto& each) { return each.link == Link::curve; });
  if (present == listeners_.end()) return;
  former_ = present->letter;
  const char letter = present->letter == kCurve ? kCurveToo : kCurve;
  listeners_.push_back(
      {Link::curve, letter, make_socket(context_, Role::gateway, public_endpoint_, &keys)});
  try {
    bind(listeners_.back(), public_endpoint_);
  } catch (const executor::Error&) {
    listeners_.pop_back();
    former_.reset();
    throw;
  }
}

void Listeners::end_overlap() {
  if (!former_) return;
  std::erase_if(listeners_, [this](const auto& each) { return each.letter == *former_; });
  former_.reset();
}

std::vector<int> Listeners::descriptors() {
  std::vector<int> out;
  for (auto& listener : listeners_) out.push_back(listener.socket.get(zmq::sockopt::fd));
  return out;
}

std::optional<Listeners::Arrival> Listeners::receive() {
  for (std::size_t tried = 0; tried < listeners_.size(); ++tried) {
    listeners_.splice(listeners_.end(), listeners_, listeners_.begin());
    Listener& listener = listeners_.back();
    auto received = executor::receive(listener.socket, Role::gateway, std::chrono::milliseconds(0),
                                      &listener.in_excess);
    if (!received) continue;
    received->peer.insert(received->peer.begin(), listener.letter);
    if (!received->error) fetch(*received, listener.link);
    const access::Origin origin{listener.link, received->key};
    return Arrival{std::move(*received), origin};
  }
  return std::nullopt;
}

bool Listeners::is_dropping() const {
  return std::any_of(listeners_.begin(), listeners_.end(),
                     [](const Listener& listener) { return listener.in_excess; });
}

// From other hosts blobs come as bytes alone.
void Listeners::fetch(executor::Received& received, Link link) {
  auto& header = received.packet.header;
  if (link != Link::own) header.channel = 0;
  try {
    channels_.fetch(received.peer, received.packet);
  } catch (const executor::Error& error) {
    received.error = error.what();
  }
}

bool Listeners::send(const std::string& peer, const executor::Packet& packet,
                     const Backlog::Bytes& backlog) {
  for (auto& listener : listeners_) {
    if (!peer.starts_with(listener.letter)) continue;
    const auto rest = channels_.pass(peer, packet);
    const auto& left = rest ? *rest : packet;
    return executor::send(listener.socket, backlog ? counted(left, backlog) : left, peer.substr(1));
  }
  return false;
}

}  // namespace flow
