#include "flow/gateway/backlog.h"

namespace flow {
namespace {

constexpr std::size_t kOwnersBeforeASweep = 1024;

schemas::Blob counted(const schemas::Blob& blob, const Backlog::Bytes& bytes) {
  if (blob.size() == 0) return blob;
  *bytes += blob.size();
  const auto release = [bytes](const schemas::Blob* held) {
    *bytes -= held->size();
    delete held;
  };
  return {std::shared_ptr<const schemas::Blob>(new schemas::Blob(blob), release), blob.view()};
}

}  // namespace

bool Backlog::has_room(const std::string& owner, std::size_t bytes) const {
  if (bytes <= kSmallBytes) return true;
  const auto found = bytes_.find(owner);
  return found == bytes_.end() || *found->second < kMostBytes;
}

Backlog::Bytes Backlog::of(const std::string& owner) {
  if (bytes_.size() > kOwnersBeforeASweep) {
    std::erase_if(bytes_, [](const auto& entry) { return *entry.second == 0; });
  }
  auto& bytes = bytes_[owner];
  if (!bytes) bytes = std::make_shared<std::atomic<std::size_t>>(0);
  return bytes;
}

schemas::Fault left_unread(const std::string& job) {
  return {"unavailable", "gateway", job,
          "this is left out: over " + std::to_string(Backlog::kMostBytes >> 20) +
              " MiB wait for you to read them",
          job.empty() ? "read what was sent, then ask again"
                      : "read what was sent, then: souvenir jobs watch " + job};
}

executor::Packet counted(executor::Packet packet, const Backlog::Bytes& bytes) {
  packet.body = counted(packet.body, bytes);
  for (auto& blob : packet.blobs) blob = counted(blob, bytes);
  return packet;
}

}  // namespace flow
