#include "schemas/header.h"

#include <utility>

#include "schemas/codec.h"

namespace schemas {
namespace {

using Packer = msgpack::packer<PackedBytes>;
constexpr std::size_t kUsualBytes = 192;  // most headers need no more

void put(Packer& packer, const char* key, const std::string& value) {
  if (value.empty()) return;
  packer.pack(key);
  packer.pack(value);
}

void put(Packer& packer, const char* key, std::uint64_t value) {
  if (value == 0) return;
  packer.pack(key);
  packer.pack(value);
}

std::uint32_t fields_set(const Header& h) {
  return 2u + (h.id != 0) + !h.job.empty() + !h.root.empty() + !h.endpoint.empty() +
         !h.type.empty() + !h.owner.empty() + (h.epoch != 0) + (h.seq != 0) + (h.hop != 0) +
         (h.from_step != 0) + !h.key.empty() + !h.credential.empty() + (h.deadline_ms != 0) +
         (h.bytes != 0) + (h.batch != 0) + (h.count != 0) + (h.channel != 0) + (h.memory != 0) +
         (h.passed != 0) + h.last;
}

}  // namespace

std::string encode(const Header& h) {
  PackedBytes packed;
  packed.bytes.reserve(kUsualBytes);
  Packer packer(packed);
  packer.pack_map(fields_set(h));
  put(packer, "v", kProtocol);
  put(packer, "k", static_cast<std::uint64_t>(h.kind));
  put(packer, "i", h.id);
  put(packer, "j", h.job);
  put(packer, "r", h.root);
  put(packer, "e", h.endpoint);
  put(packer, "t", h.type);
  put(packer, "o", h.owner);
  put(packer, "a", h.epoch);
  put(packer, "s", h.seq);
  put(packer, "h", h.hop);
  put(packer, "f", h.from_step);
  put(packer, "q", h.key);
  put(packer, "w", h.credential);
  put(packer, "d", h.deadline_ms);
  put(packer, "b", h.bytes);
  put(packer, "g", h.batch);
  put(packer, "c", h.count);
  put(packer, "p", h.channel);
  put(packer, "m", h.memory);
  put(packer, "n", h.passed);
  if (h.last) {
    packer.pack("l");
    packer.pack(true);
  }
  return std::move(packed.bytes);
}

}  // namespace schemas
