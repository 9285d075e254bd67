#include "schemas/codec.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "schemas/nearest.h"
#include "schemas/utf8.h"
#include "schemas/version_note.h"

namespace schemas {
namespace {

// Where in a body a value lies; put into words only when something is wrong there.
struct Place {
  const Place* outer;
  std::string_view name;  ///< of a field; "[]" for an element, "" for the body

  std::string text() const {
    const std::string before = outer == nullptr ? "" : outer->text();
    return before + (before.empty() || name == "[]" ? "" : ".") + std::string(name);
  }
};

void check(const msgpack::object& object, const Place& where);

void check_map(const msgpack::object_map& map, const Place& where) {
  std::vector<std::string_view> names;
  names.reserve(map.size);
  for (const auto& [key, value] : map) {
    if (key.type != msgpack::type::STR) throw CodecError(where.text() + ": a key is not a string");
    const std::string_view name(key.via.str.ptr, key.via.str.size);
    if (!is_utf8(name)) throw CodecError(where.text() + ": a key is not UTF-8");
    names.push_back(name);
    check(value, {&where, name});
  }
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice != names.end()) {
    throw CodecError(where.text() + ": the field '" + std::string(*twice) + "' is there twice");
  }
}

void check(const msgpack::object& object, const Place& where) {
  switch (object.type) {
    case msgpack::type::MAP: return check_map(object.via.map, where);
    case msgpack::type::ARRAY:
      for (const auto& element : object.via.array) check(element, {&where, "[]"});
      return;
    case msgpack::type::STR:
      if (!is_utf8({object.via.str.ptr, object.via.str.size})) {
        throw CodecError(where.text() + " is not UTF-8");
      }
      return;
    case msgpack::type::FLOAT32:
    case msgpack::type::FLOAT64:
      if (!std::isfinite(object.via.f64))
        throw CodecError(where.text() + " is not a finite number");
      return;
    default: return;
  }
}

// What a tree takes from the heap at once. Most bodies need no more, and glibc looks through all
// its free memory for a block of 1,024 bytes and more (malloc_consolidate).
constexpr std::size_t kZoneBytes = 960;

}  // namespace

msgpack::object_handle parse(std::string_view bytes) {
  if (bytes.size() > kMaxBodyBytes) {
    throw CodecError("the body has " + std::to_string(bytes.size()) + " bytes, the limit is " +
                     std::to_string(kMaxBodyBytes));
  }
  const msgpack::unpack_limit limit(kMaxArray, kMaxMap, kMaxString, kMaxString, 0, kMaxDepth);
  auto zone = std::make_unique<msgpack::zone>(kZoneBytes);
  msgpack::object tree;
  std::size_t offset = 0;
  try {
    tree = msgpack::unpack(*zone, bytes.data(), bytes.size(), offset, nullptr, nullptr, limit);
  } catch (const std::exception& error) {
    // msgpack's own text ("parse error", "map size overflow") is the cause; what() is plain.
    throw CodecError(std::string("not a MessagePack body within the limits: ") + error.what());
  }
  if (offset != bytes.size()) throw CodecError("bytes are left over after the body");
  if (tree.type != msgpack::type::MAP) throw CodecError("the body is not a map");
  check(tree, {nullptr, ""});
  return {tree, std::move(zone)};
}

void refuse_unknown_fields(const msgpack::object& object, const std::set<std::string>& known,
                           std::string_view type) {
  for (const auto& entry : object.via.map) {
    const auto name = entry.key.as<std::string>();
    if (known.contains(name)) continue;
    throw CodecError(std::string(type) + " has no field '" + name + "'" +
                     did_you_mean(name, {known.begin(), known.end()}) + version_note());
  }
}

}  // namespace schemas
