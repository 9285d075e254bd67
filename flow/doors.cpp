#include "flow/doors.h"

#include <sys/stat.h>
#include <unistd.h>

#include "executor/error.h"
#include "flow/address.h"

namespace flow {
namespace {

using access::Link;
using executor::Role;

const std::string kIpc = "ipc://";
constexpr int kFarewell_ms = 500;  // at most, for what was said last: the answer to `stop`

// First letter of the names of a door's peers: libzmq's own names may be equal on two sockets.
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

Doors::Doors(zmq::context_t& context, const std::vector<std::string>& addresses,
             const std::optional<executor::CurveKeys>& keys) {
  for (const auto& address : addresses) bind(door(address, context, keys), address);
}

Doors::~Doors() {
  for (auto& door : doors_) door.socket.set(zmq::sockopt::linger, kFarewell_ms);
  for (const auto& file : files_) unlink(file.c_str());
}

Doors::Door& Doors::door(const std::string& address, zmq::context_t& context,
                         const std::optional<executor::CurveKeys>& keys) {
  const auto link = link_of(address);
  for (auto& open : doors_) {
    if (open.link == link) return open;
  }
  const bool encrypted = link == Link::curve;
  if (encrypted && !keys) throw executor::Error("bad_config", "a public address needs keys");
  doors_.push_back(
      {link, make_socket(context, Role::gateway, address, encrypted ? &*keys : nullptr)});
  return doors_.back();
}

void Doors::bind(Door& door, const std::string& address) {
  const OwnFilesOnly own_files_only;
  if (door.link == Link::own) {
    files_.push_back(address.substr(kIpc.size()));
    locks_.emplace_back(files_.back() + ".lock");
  }
  try {
    if (address.find('[') != address.npos) door.socket.set(zmq::sockopt::ipv6, true);
    door.socket.bind(address);
  } catch (const zmq::error_t& error) {
    throw executor::Error("unavailable", "cannot listen on " + address + ": " + error.what(),
                          "another program uses it, or this host has no such address: change "
                          "`listen` in the flow file");
  }
  if (door.link == Link::own) passages_.listen(address);
  if (door.link == Link::curve) public_endpoint_ = address;
}

std::vector<int> Doors::descriptors() {
  std::vector<int> out;
  for (auto& door : doors_) out.push_back(door.socket.get(zmq::sockopt::fd));
  return out;
}

std::optional<Doors::Arrival> Doors::receive() {
  for (std::size_t tried = 0; tried < doors_.size(); ++tried) {
    Door& door = doors_[next_++ % doors_.size()];
    auto received = executor::receive(door.socket, Role::gateway);
    if (!received) continue;
    received->peer.insert(received->peer.begin(), letter_of(door.link));
    if (!received->error) fetch(*received, door.link);
    const access::Origin origin{door.link, received->key};
    return Arrival{std::move(*received), origin};
  }
  return std::nullopt;
}

// From other hosts blobs come as bytes alone.
void Doors::fetch(executor::Received& received, Link link) {
  auto& header = received.packet.header;
  if (link != Link::own) header.passage = 0;
  try {
    passages_.fetch(received.peer, received.packet);
  } catch (const executor::Error& error) {
    received.error = error.what();
  }
}

bool Doors::send(const std::string& peer, const executor::Packet& packet,
                 const Unread::Bytes& unread) {
  for (auto& door : doors_) {
    if (!peer.starts_with(letter_of(door.link))) continue;
    const auto rest = passages_.pass(peer, packet);
    const auto& left = rest ? *rest : packet;
    return executor::send(door.socket, unread ? counted(left, unread) : left, peer.substr(1));
  }
  return false;
}

}  // namespace flow
