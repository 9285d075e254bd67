#pragma once

// The only place that includes MessagePack; all message headers include this one. A body is a map
// from field name to value; schemas/wire.md specifies the bytes.

#include <functional>
#include <msgpack.hpp>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "schemas/codec_error.h"
#include "schemas/limits.h"

namespace schemas {

/// Parses `bytes` into a tree within the limits of schemas/limits.h. Refuses trailing bytes, maps
/// with a repeated key or a key that is not a string, text that is not UTF-8, and numbers that are
/// not finite. Throws CodecError that names the field.
msgpack::object_handle parse(std::string_view bytes);

/// Throws CodecError when `object` has a field that is not in `known`. The text names the nearest
/// known field.
void refuse_unknown_fields(const msgpack::object& object, const std::set<std::string>& known,
                           std::string_view type);

/// Throws CodecError that names the field which keeps `object` from being read: `read` is tried
/// with each field alone and throws msgpack::type_error for the one. `usual` is a packed default of
/// the type: what that field holds there is what is expected.
[[noreturn]] void throw_wrong_type(const msgpack::object& object, std::string_view type,
                                   const std::string& usual,
                                   const std::function<void(const msgpack::object&)>& read);

/// Where MessagePack writes: the string itself. Most bodies are far smaller than the 8 KiB that
/// msgpack::sbuffer takes for each.
struct PackedBytes {
  std::string bytes;
  void write(const char* data, std::size_t size) { bytes.append(data, size); }
};

template <typename T>
std::string pack(const T& value) {
  PackedBytes packed;
  msgpack::pack(packed, value);
  return std::move(packed.bytes);
}

/// The field names of T, read from a packed default value.
template <typename T>
const std::set<std::string>& fields_of() {
  static const std::set<std::string> kNames = [] {
    const std::string bytes = pack(T{});
    const auto handle = msgpack::unpack(bytes.data(), bytes.size());
    std::set<std::string> found;
    for (const auto& entry : handle.get().via.map)
      found.insert(entry.key.template as<std::string>());
    return found;
  }();
  return kNames;
}

/// Reads a body as T. Absent fields keep T's defaults; unknown fields and wrong types are refused.
template <typename T>
T unpack(std::string_view bytes) {
  const auto handle = parse(bytes);
  refuse_unknown_fields(handle.get(), fields_of<T>(), T::kType);
  try {
    return handle.get().as<T>();
  } catch (const msgpack::type_error&) {
    throw_wrong_type(handle.get(), T::kType, pack(T{}),
                     [](const msgpack::object& object) { object.as<T>(); });
  }
}

}  // namespace schemas
