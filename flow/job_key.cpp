#include "flow/job_key.h"

#include <cstdint>
#include <cstdio>
#include <random>
#include <sstream>

#include "schemas/codec.h"

namespace flow {
namespace {

std::string field_text(const msgpack::object& body, const std::string& field) {
  for (const auto& [key, value] : body.via.map) {
    if (key.as<std::string>() != field) continue;
    if (value.type == msgpack::type::STR) return value.as<std::string>();
    std::ostringstream text;
    text << value;
    return text.str();
  }
  return "";
}

}  // namespace

std::string new_job_id() {
  static std::random_device device;  // the kernel's generator: ids do not repeat over restarts
  const std::uint64_t bits = (static_cast<std::uint64_t>(device()) << 32) | device();
  char text[20];
  std::snprintf(text, sizeof text, "j-%016llx", static_cast<unsigned long long>(bits));
  return text;
}

std::string serial_key(const std::vector<std::string>& fields, std::string_view body,
                       const std::string& endpoint, const std::string& owner) {
  if (fields.empty()) return "";
  const auto handle = schemas::parse(body);
  std::string key = endpoint;
  bool shared = false;
  for (const auto& field : fields) {
    const std::string value = field_text(handle.get(), field);
    key += '\x1f' + value;
    shared = shared || value == "meta";
  }
  return shared ? key : key + '\x1f' + owner;
}

}  // namespace flow
