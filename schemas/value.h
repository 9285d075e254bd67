#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>

#include "schemas/codec.h"

namespace schemas {

/// The value of a parameter, as the `with` table of a flow file can hold it.
using Value = std::variant<bool, std::int64_t, double, std::string>;
using Values = std::map<std::string, Value>;

}  // namespace schemas

namespace msgpack {
MSGPACK_API_VERSION_NAMESPACE(MSGPACK_DEFAULT_API_NS) {
  namespace adaptor {

  template <>
  struct convert<schemas::Value> {
    const msgpack::object& operator()(const msgpack::object& o, schemas::Value& v) const {
      switch (o.type) {
        case msgpack::type::BOOLEAN: v = o.as<bool>(); break;
        case msgpack::type::POSITIVE_INTEGER:
        case msgpack::type::NEGATIVE_INTEGER: v = o.as<std::int64_t>(); break;
        case msgpack::type::FLOAT32:
        case msgpack::type::FLOAT64: v = o.as<double>(); break;
        case msgpack::type::STR: v = o.as<std::string>(); break;
        default: throw msgpack::type_error();
      }
      return o;
    }
  };

  template <>
  struct pack<schemas::Value> {
    template <typename Stream>
    packer<Stream>& operator()(packer<Stream>& o, const schemas::Value& v) const {
      std::visit([&o](const auto& held) { o.pack(held); }, v);
      return o;
    }
  };

  }  // namespace adaptor
}  // MSGPACK_API_VERSION_NAMESPACE
}  // namespace msgpack
