#include "executor/socket.h"

#include <array>
#include <cstdlib>

#include "executor/file_limit.h"
#include "schemas/limits.h"

namespace executor {
namespace {

using namespace std::chrono_literals;

// Frames below this size are copied: cheaper than keeping their owner alive across threads.
constexpr std::size_t kCopyBelowBytes = 512;
constexpr std::size_t kUsualFrames = 4;  // routing id, header, body, one blob
// What a peer that leaves has said last (bye) gets so long to be written; an exit never hangs.
constexpr std::chrono::milliseconds kLastWord{500};
constexpr int kGone_s = 10;  // of silence, after which the other host or its link counts as gone

zmq::message_t frame_of(const schemas::Blob& blob) {
  if (blob.size() < kCopyBelowBytes) return {blob.view().data(), blob.size()};
  auto* owner = new schemas::Blob(blob);
  const auto release = [](void*, void* hint) { delete static_cast<schemas::Blob*>(hint); };
  return {const_cast<char*>(blob.view().data()), blob.size(), release, owner};
}

schemas::Blob blob_of(zmq::message_t frame) {
  auto owner = std::make_shared<zmq::message_t>(std::move(frame));
  const std::string_view bytes(static_cast<const char*>(owner->data()), owner->size());
  return {std::move(owner), bytes};
}

// A wait inside recv() asks the kernel once where zmq_poll and recv() after it ask six times.
bool receive_frame(zmq::socket_t& socket, zmq::message_t& frame, std::chrono::milliseconds wait) {
  if (wait.count() == 0) return socket.recv(frame, zmq::recv_flags::dontwait).has_value();
  socket.set(zmq::sockopt::rcvtimeo, static_cast<int>(wait.count()));
  try {
    return socket.recv(frame, zmq::recv_flags::none).has_value();
  } catch (const zmq::error_t& error) {
    if (error.num() == EINTR) return false;  // the caller looks at its flags
    throw;
  }
}

// Reads the frames of one transmission, up to one more than the most it may have.
std::vector<zmq::message_t> receive_frames(zmq::socket_t& socket, std::size_t most,
                                           std::chrono::milliseconds wait) {
  std::vector<zmq::message_t> frames;
  frames.reserve(kUsualFrames);
  bool more = true;
  while (more && frames.size() <= most) {
    zmq::message_t frame;
    if (!receive_frame(socket, frame, frames.empty() ? wait : 0ms)) break;
    more = frame.more();
    frames.push_back(std::move(frame));
  }
  return frames;
}

// Drops frames up to the end of their transmission; false when that is further away.
bool drop_rest(zmq::socket_t& socket) {
  zmq::message_t frame;
  for (std::size_t i = 0; i < kFramesOfACall; ++i) {
    if (!socket.recv(frame, zmq::recv_flags::dontwait) || !frame.more()) return true;
  }
  return false;
}

// Encrypted, and refused without a word from the ZAP handler: see kZapEnforceDomain.
void use_curve(zmq::socket_t& socket, Role role, const CurveKeys& keys) {
  socket.set(zmq::sockopt::curve_publickey, keys.public_key);
  socket.set(zmq::sockopt::curve_secretkey, keys.secret_key);
  if (role == Role::peer) return socket.set(zmq::sockopt::curve_serverkey, keys.server_key);
  socket.set(zmq::sockopt::curve_server, true);
  socket.set(zmq::sockopt::zap_domain, "souvenir");
  const int enforce = 1;
  zmq_setsockopt(socket.handle(), kZapEnforceDomain, &enforce, sizeof enforce);
}

// By the kernel, for whom each byte is a sign of life. ZeroMQ's own heartbeats count whole frames:
// they would end a connection on which a large frame takes longer than they wait. The gateway's end
// is the relay's (flow/relay/listen.h). Within one host nothing of it is needed.
void find_half_open(zmq::socket_t& socket) {
  socket.set(zmq::sockopt::tcp_maxrt, kGone_s * 1'000);  // until the answer to a packet or probe
  socket.set(zmq::sockopt::tcp_keepalive, 1);
  socket.set(zmq::sockopt::tcp_keepalive_idle, kGone_s / 2);
  socket.set(zmq::sockopt::tcp_keepalive_intvl, kGone_s / 5);
  socket.set(zmq::sockopt::tcp_keepalive_cnt, 3);
}

std::string property(zmq::message_t& frame, const char* name) {
  const char* value = zmq_msg_gets(frame.handle(), name);
  return value == nullptr ? "" : value;
}

// CURVE adds this to each frame.
constexpr std::int64_t kBoxBytes = 33;

// The ZAP handler names a peer by the public key that it let in.
void note_sender(Received& received, zmq::message_t& frame) {
  received.key = property(frame, "User-Id");
  received.connection = std::strtoull(property(frame, kConnectionProperty).c_str(), nullptr, 10);
}

}  // namespace

Packet packet_of(schemas::Header header, const schemas::Message& message) {
  header.type = message.type;
  return {std::move(header), schemas::Blob(message.body), message.blobs};
}

std::size_t bytes_of(const Packet& packet) {
  std::size_t bytes = packet.body.size();
  for (const auto& blob : packet.blobs) bytes += blob.size();
  return bytes;
}

schemas::Message message_of(const Packet& packet) {
  schemas::Message message;
  message.type = packet.header.type;
  message.body = std::string(packet.body.view());
  message.blobs = packet.blobs;
  message.job = packet.header.job;
  message.root = packet.header.root.empty() ? packet.header.job : packet.header.root;
  message.owner = packet.header.owner;
  message.endpoint = packet.header.endpoint;
  message.epoch = packet.header.epoch;
  message.from_step = packet.header.from_step;
  message.seq = packet.header.seq;
  message.deadline_ms = packet.header.deadline_ms;
  message.last = packet.header.last;
  return message;
}

zmq::socket_t make_socket(zmq::context_t& context, Role role, const std::string& address,
                          const CurveKeys* keys) {
  require_files(kLeastFiles);
  const bool gateway = role == Role::gateway;
  zmq::socket_t socket(context, gateway ? ZMQ_ROUTER : ZMQ_DEALER);
  socket.set(zmq::sockopt::linger, gateway ? 0 : static_cast<int>(kLastWord.count()));
  const auto largest = static_cast<std::int64_t>(schemas::kMaxBlobBytes);
  socket.set(zmq::sockopt::maxmsgsize, keys == nullptr ? largest : largest + kBoxBytes);
  socket.set(zmq::sockopt::handshake_ivl, 2'000);  // a silent connection holds no slot for long
  if (!address.starts_with("ipc://")) find_half_open(socket);
  if (gateway) {
    socket.set(zmq::sockopt::router_mandatory, true);  // else a full or lost peer loses silently
    socket.set(zmq::sockopt::backlog, 128);
  } else {
    socket.set(zmq::sockopt::immediate, true);  // else sends pile up for an absent gateway
    socket.set(zmq::sockopt::reconnect_ivl, 20);
    socket.set(zmq::sockopt::reconnect_ivl_max, 2'000);
    socket.set(zmq::sockopt::connect_timeout, 3'000);  // TCP asks a healed link ever more seldom
  }
  if (keys != nullptr) use_curve(socket, role, *keys);
  return socket;
}

std::optional<Received> receive(zmq::socket_t& socket, Role role, std::chrono::milliseconds wait,
                                bool* in_excess) {
  if (in_excess != nullptr && *in_excess) {
    *in_excess = !drop_rest(socket);
    if (*in_excess) return std::nullopt;
  }
  const std::size_t fixed = role == Role::gateway ? 3 : 2;
  const std::size_t most = fixed + schemas::kMaxBlobs;
  auto frames = receive_frames(socket, most, wait);
  if (frames.empty()) return std::nullopt;
  const bool too_many = frames.size() > most;
  bool rest = too_many && frames.back().more();
  while (rest && in_excess == nullptr) rest = !drop_rest(socket);
  if (in_excess != nullptr) *in_excess = rest;
  Received received;
  std::size_t next = 0;
  if (role == Role::gateway) {
    received.peer = frames[next++].to_string();
    note_sender(received, frames.back());
  }
  received.frames = static_cast<std::uint32_t>(frames.size() - next);
  for (std::size_t i = next; i < frames.size(); ++i) received.bytes += frames[i].size();
  if (too_many || next >= frames.size()) {
    received.error = too_many ? "too many frames" : "no header frame";
    return received;
  }
  try {
    received.packet.header = schemas::decode_header(frames[next++].to_string_view());
  } catch (const schemas::CodecError& error) {
    received.error = error.what();
    return received;
  }
  if (next < frames.size()) received.packet.body = blob_of(std::move(frames[next++]));
  if (received.packet.body.size() > schemas::kMaxBodyBytes)
    received.error = "the body is too large";
  while (next < frames.size()) received.packet.blobs.push_back(blob_of(std::move(frames[next++])));
  return received;
}

bool send(zmq::socket_t& socket, const Packet& packet, const std::string& peer) {
  const bool has_body = packet.body.size() > 0 || !packet.blobs.empty();
  const auto flags = [](bool more) {
    return more ? zmq::send_flags::sndmore | zmq::send_flags::dontwait : zmq::send_flags::dontwait;
  };
  try {
    // Only the first frame can be refused; the rest of a transmission follows it or nothing does.
    if (!peer.empty() && !socket.send(zmq::buffer(peer), flags(true))) return false;
    const std::string header = schemas::encode(packet.header);
    if (!socket.send(zmq::buffer(header), flags(has_body))) return false;
    if (has_body) socket.send(frame_of(packet.body), flags(!packet.blobs.empty()));
    for (std::size_t i = 0; i < packet.blobs.size(); ++i) {
      socket.send(frame_of(packet.blobs[i]), flags(i + 1 < packet.blobs.size()));
    }
    return true;
  } catch (const zmq::error_t& error) {
    if (error.num() == EHOSTUNREACH) return false;
    throw;
  }
}

bool wait_readable(zmq::socket_t& socket, std::chrono::milliseconds wait) {
  zmq_pollitem_t item{socket.handle(), 0, ZMQ_POLLIN, 0};
  return zmq_poll(&item, 1, wait.count()) > 0;  // -1 is EINTR: the caller looks at its flags
}

}  // namespace executor
