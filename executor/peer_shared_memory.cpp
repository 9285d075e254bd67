#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <chrono>
#include <cstring>

#include "executor/error.h"
#include "executor/shared_memory.h"

namespace executor {
namespace {

constexpr const char* kSuffix = ".blobs";
constexpr std::int64_t kTryAgain_ms = 1'000;
constexpr int kTries =
    3;  // at once: a gateway that looks between connecting and saying the name closes

std::int64_t now_ms() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

std::uint64_t random_name() {
  std::uint64_t name = 0;
  while (name == 0) {
    if (::getrandom(&name, sizeof name, 0) != sizeof name) return 0;
  }
  return name;
}

Descriptor connected_to(const std::string& file) {
  Descriptor socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, file.data(), file.size());
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return {};
  }
  return socket;
}

}  // namespace

std::string channel_file(const std::string& address) {
  constexpr std::string_view kIpc = "ipc://";
  if (!address.starts_with(kIpc) || address.starts_with("ipc://@")) return "";
  const std::string file = address.substr(kIpc.size()) + kSuffix;
  return file.size() < sizeof(sockaddr_un::sun_path) ? file : "";
}

PeerSharedMemory::PeerSharedMemory(const std::string& address) : file_(channel_file(address)) {}

void PeerSharedMemory::connect() {
  if (tried_ms_ != 0 && now_ms() - tried_ms_ < kTryAgain_ms) return;
  tried_ms_ = now_ms();
  for (int i = 0; i < kTries && !channel_; ++i) {
    Descriptor socket = connected_to(file_);
    if (!socket) return;
    channel_.emplace(std::move(socket));
    name_ = random_name();
    if (name_ == 0 || !channel_->say(name_)) channel_.reset();
  }
}

std::uint64_t PeerSharedMemory::name() {
  if (file_.empty()) return 0;
  if (channel_ && channel_->is_over()) {
    channel_.reset();
    let_in_ = false;
  }
  if (!channel_) connect();
  return channel_ ? name_ : 0;
}

// Nothing is passed before the gateway's word: it may have no room, and would never fetch it.
bool PeerSharedMemory::is_let_in() {
  if (!let_in_) let_in_ = channel_->hear().has_value();
  return let_in_;
}

std::optional<Packet> PeerSharedMemory::pass(const Packet& packet) {
  if (!channel_ || !is_let_in()) return std::nullopt;
  return channel_->pass(packet);
}

void PeerSharedMemory::fetch(Packet& packet) {
  if (packet.header.memory == 0) return;
  if (!channel_) throw Error("protocol", "blobs were shared with a peer that has no channel");
  channel_->fetch(packet);
  let_in_ = true;
}

}  // namespace executor
