#include "flow/server/listeners.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "executor/error.h"
#include "flow/file/address.h"
#include "flow/server/listening_socket.h"

namespace flow {
namespace {

using access::Link;
using executor::Role;

const std::string kIpc = "ipc://";
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
                     const std::optional<executor::CurveKeys>& keys)
    : context_(context) {
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
  if (listener.link == Link::own) {
    files_.push_back(address.substr(kIpc.size()));
    locks_.emplace_back(files_.back() + ".lock");
  }
  try {
    if (address.find('[') != address.npos) listener.socket.set(zmq::sockopt::ipv6, true);
    listener.link == Link::curve ? bind_public(listener, address) : listener.socket.bind(address);
  } catch (const zmq::error_t& error) {
    throw executor::Error("unavailable", "cannot listen on " + address + ": " + error.what(),
                          "another program uses it, or this host has no such address: change "
                          "`listen` in the flow file");
  }
  if (listener.link == Link::own) channels_.listen(address);
}

// On a descriptor of ours, which can be shared while keys are rotated.
void Listeners::bind_public(Listener& listener, const std::string& address) {
  auto listening = listen_on(address, former_.has_value());
  const int descriptor = listening.release();
  listener.socket.set(zmq::sockopt::use_fd, descriptor);
  listener.socket.bind(address);
  listener.socket.set(zmq::sockopt::use_fd, -1);
  listener.listening.push_back(descriptor);
  public_endpoint_ = address;
  if (!former_) public_addresses_.push_back(address);
}

void Listeners::rotate(const executor::CurveKeys& keys) {
  end_overlap();
  const auto present = std::find_if(listeners_.begin(), listeners_.end(),
                                    [](const auto& each) { return each.link == Link::curve; });
  if (present == listeners_.end()) return;
  for (const int descriptor : present->listening) share_address(descriptor);
  former_ = present->letter;
  const char letter = present->letter == kCurve ? kCurveToo : kCurve;
  listeners_.push_back(
      {Link::curve, letter, make_socket(context_, Role::gateway, public_endpoint_, &keys)});
  try {
    for (const auto& address : public_addresses_) bind(listeners_.back(), address);
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
    auto received = executor::receive(listener.socket, Role::gateway);
    if (!received) continue;
    received->peer.insert(received->peer.begin(), listener.letter);
    if (!received->error) fetch(*received, listener.link);
    if (listener.link == Link::curve) {
      connections_.note(received->descriptor, received->peer, received->key);
    }
    const access::Origin origin{listener.link, received->key, received->address};
    return Arrival{std::move(*received), origin};
  }
  return std::nullopt;
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
