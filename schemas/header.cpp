#include "schemas/header.h"

#include "schemas/parse_into.h"
#include "schemas/version_note.h"

namespace schemas {
namespace {

using Packer = msgpack::packer<msgpack::sbuffer>;

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

bool is_kind(std::uint64_t kind) {
  return (kind >= 1 && kind <= 5) || (kind >= 16 && kind <= 21) || (kind >= 32 && kind <= 40) ||
         (kind >= 48 && kind <= 51);
}

void read_field(Header& h, char key, const msgpack::object& value, std::uint64_t& version) {
  switch (key) {
    case 'v': version = value.as<std::uint64_t>(); break;
    case 'k': {
      const auto kind = value.as<std::uint64_t>();
      if (!is_kind(kind)) throw CodecError("unknown kind " + std::to_string(kind));
      h.kind = static_cast<Kind>(kind);
      break;
    }
    case 'i': h.id = value.as<std::uint64_t>(); break;
    case 'j': h.job = value.as<std::string>(); break;
    case 'r': h.root = value.as<std::string>(); break;
    case 'e': h.endpoint = value.as<std::string>(); break;
    case 't': h.type = value.as<std::string>(); break;
    case 'o': h.owner = value.as<std::string>(); break;
    case 'a': h.epoch = value.as<std::uint64_t>(); break;
    case 's': h.seq = value.as<std::uint64_t>(); break;
    case 'h': h.hop = value.as<std::uint64_t>(); break;
    case 'f': h.from_step = value.as<std::uint64_t>(); break;
    case 'q': h.key = value.as<std::string>(); break;
    case 'w': h.credential = value.as<std::string>(); break;
    case 'd': h.deadline_ms = value.as<std::uint64_t>(); break;
    case 'b': h.bytes = value.as<std::uint64_t>(); break;
    case 'g': h.batch = value.as<std::uint64_t>(); break;
    case 'c': h.count = value.as<std::uint64_t>(); break;
    case 'p': h.channel = value.as<std::uint64_t>(); break;
    case 'm': h.memory = value.as<std::uint64_t>(); break;
    case 'n': h.passed = value.as<std::uint64_t>(); break;
    case 'l': h.last = value.as<bool>(); break;
    default: throw CodecError(std::string("unknown header field '") + key + "'" + version_note());
  }
}

}  // namespace

std::string encode(const Header& h) {
  msgpack::sbuffer buffer(256);
  Packer packer(buffer);
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
  return {buffer.data(), buffer.size()};
}

Header decode_header(std::string_view bytes) {
  if (bytes.size() > kMaxHeaderBytes) throw CodecError("the header frame is too large");
  // Each packet has one: memory of its own for each tree took as long as the parsing.
  thread_local msgpack::zone zone;
  zone.clear();
  const auto refers = [](msgpack::type::object_type, std::size_t, void*) { return true; };
  const auto tree = parse_into(zone, bytes, refers);
  Header header;
  std::uint64_t version = 0;
  try {
    for (const auto& [key, value] : tree.via.map) {
      if (key.via.str.size != 1) throw CodecError("unknown header field");
      read_field(header, *key.via.str.ptr, value, version);
    }
  } catch (const msgpack::type_error&) {
    throw CodecError("a header field has a value of the wrong type");
  }
  if (version != kProtocol) {
    throw CodecError("protocol " + std::to_string(version) + ", this side speaks " +
                     std::to_string(kProtocol) + version_note());
  }
  if (header.kind == Kind{}) throw CodecError("the header has no kind");
  return header;
}

}  // namespace schemas
