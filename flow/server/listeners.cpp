#include "flow/server/listeners.h"

#include <sys/stat.h>
#include <unistd.h>

#include "executor/error.h"
#include "flow/file/address.h"

namespace flow {
namespace {

using access::Link;
using executor::Role;

const std::string kIpc = "ipc://";
constexpr int kFarewell_ms = 500;  // at most, for what was said last: the answer to `stop`

// First letter of the names of a listener's peers: libzmq's own names may be equal on two sockets.
char letter_of(Link link) {
  return link == Link::own ? 'i' : link == Link::loopback ? 'l' : 'c';
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
                     const std::optional<executor::CurveKeys>& keys) {
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
      {link, make_socket(context, Role::gateway, address, encrypted ? &*keys : nullptr)});
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
    listener.socket.bind(address);
  } catch (const zmq::error_t& error) {
    throw executor::Error("unavailable", "cannot listen on " + address + ": " + error.what(),
                          "another program uses it, or this host has no such address: change "
                          "`listen` in the flow file");
  }
  if (listener.link == Link::own) channels_.listen(address);
  if (listener.link == Link::curve) public_endpoint_ = address;
}

std::vector<int> Listeners::descriptors() {
  std::vector<int> out;
  for (auto& listener : listeners_) out.push_back(listener.socket.get(zmq::sockopt::fd));
  return out;
}

std::optional<Listeners::Arrival> Listeners::receive() {
  for (std::size_t tried = 0; tried < listeners_.size(); ++tried) {
    Listener& listener = listeners_[next_++ % listeners_.size()];
    auto received = executor::receive(listener.socket, Role::gateway);
    if (!received) continue;
    received->peer.insert(received->peer.begin(), letter_of(listener.link));
    if (!received->error) fetch(*received, listener.link);
    const access::Origin origin{listener.link, received->key};
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
    if (!peer.starts_with(letter_of(listener.link))) continue;
    const auto rest = channels_.pass(peer, packet);
    const auto& left = rest ? *rest : packet;
    return executor::send(listener.socket, backlog ? counted(left, backlog) : left, peer.substr(1));
  }
  return false;
}

}  // namespace flow
