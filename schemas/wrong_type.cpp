// Finds the field whose value is of the wrong type, after a body could not be read.
#include <algorithm>

#include "schemas/codec.h"
#include "schemas/words.h"

namespace schemas {
namespace {

using msgpack::object;
using Fits = std::function<bool(const object&)>;

const char* kind_of(const object& value) {
  switch (value.type) {
    case msgpack::type::NIL: return "nil";
    case msgpack::type::BOOLEAN: return "true or false";
    case msgpack::type::POSITIVE_INTEGER: return "a whole number";
    case msgpack::type::NEGATIVE_INTEGER: return "a whole number below 0";
    case msgpack::type::FLOAT32:
    case msgpack::type::FLOAT64: return "a number with a fraction";
    case msgpack::type::STR: return "text";
    case msgpack::type::BIN: return "bytes";
    case msgpack::type::ARRAY: return "a list";
    case msgpack::type::MAP: return "a map";
    default: return "of no type that is known";
  }
}

object map_with(msgpack::object_kv& entry) {
  object map;
  map.type = msgpack::type::MAP;
  map.via.map = {1, &entry};
  return map;
}

object list_with(object& element) {
  object list;
  list.type = msgpack::type::ARRAY;
  list.via.array = {1, &element};
  return list;
}

object emptied(object value) {
  if (value.type == msgpack::type::MAP) value.via.map = {0, nullptr};
  if (value.type == msgpack::type::ARRAY) value.via.array = {0, nullptr};
  return value;
}

// A key of a map, as its sender wrote it: of any length.
std::string shown(const object& key) {
  const std::string name = quoted(key.as<std::string>());
  return name.substr(1, name.size() - 2);
}

struct Found {
  std::string field;
  object value;
};

// The innermost value in `whole` that does not fit. A container is to blame itself when it does not
// even fit empty. As deep as a body may be.
Found innermost(const std::string& field, const object& whole, const Fits& fits) {
  if (!fits(emptied(whole))) return {field, whole};
  if (whole.type == msgpack::type::MAP) {
    for (auto entry : whole.via.map) {
      const Fits inner = [&](const object& value) {
        msgpack::object_kv alone{entry.key, value};
        return fits(map_with(alone));
      };
      if (inner(entry.val)) continue;
      return innermost(field + (field.empty() ? "" : ".") + shown(entry.key), entry.val, inner);
    }
  } else if (whole.type == msgpack::type::ARRAY) {
    for (const auto& element : whole.via.array) {
      const Fits inner = [&](object value) { return fits(list_with(value)); };
      if (!inner(element)) return innermost(field + "[]", element, inner);
    }
  }
  return {field, whole};
}

// What a field of the body itself holds by default; "" when that says nothing.
std::string expected(const std::string& field, const std::string& usual) {
  const auto handle = msgpack::unpack(usual.data(), usual.size());
  for (const auto& [name, value] : handle.get().via.map) {
    if (name.as<std::string>() != field || value.type == msgpack::type::NIL) continue;
    return std::string(", expected ") + kind_of(value);
  }
  return "";
}

}  // namespace

void throw_wrong_type(const object& body, std::string_view type, const std::string& usual,
                      const std::function<void(const object&)>& read) {
  const auto found = innermost("", body, [&read](const object& tried) {
    try {
      read(tried);
      return true;
    } catch (const msgpack::type_error&) {
      return false;
    }
  });
  const std::string cause =
      found.field.empty()
          ? "a field has a value of the wrong type"
          : "'" + found.field + "' is " + kind_of(found.value) + expected(found.field, usual);
  throw CodecError(std::string(type) + ": " + cause);
}

}  // namespace schemas
