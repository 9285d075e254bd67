#include "flow/gateway/job_key.h"

#include <cstdint>
#include <cstdio>
#include <random>
#include <sstream>
#include <string_view>

#include "schemas/codec.h"
#include "schemas/targets.h"

namespace flow {
namespace {

// "settings.version" is the field `version` of the map `settings`.
std::string field_text(const msgpack::object& body, const std::string& field) {
  if (body.type != msgpack::type::MAP) return "";
  const auto dot = field.find('.');
  const auto name = std::string_view(field).substr(0, dot);
  for (const auto& [key, value] : body.via.map) {
    if (key.as<std::string_view>() != name) continue;
    if (dot != field.npos) return field_text(value, field.substr(dot + 1));
    if (value.type == msgpack::type::STR) return value.as<std::string>();
    std::ostringstream text;
    text << value;
    return text.str();
  }
  return "";
}

void mix(std::uint64_t& hash, std::string_view bytes) {
  const auto byte = [&hash](unsigned char value) { hash = (hash ^ value) * 0x100000001b3u; };
  for (std::uint64_t size = bytes.size(), i = 0; i < 8; ++i) byte((size >> (8 * i)) & 0xff);
  for (const char c : bytes) byte(static_cast<unsigned char>(c));
}

std::string hexadecimal(std::uint64_t bits) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(bits));
  return text;
}

std::string random_digits() {
  static std::random_device device;  // the kernel's generator: ids do not repeat over restarts
  const std::uint64_t high = device();
  return hexadecimal(high << 32 | device());
}

}  // namespace

std::string digest(const executor::Packet& request) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  mix(hash, request.header.endpoint);
  mix(hash, request.header.type);
  mix(hash, request.body.view());
  for (const auto& blob : request.blobs) mix(hash, blob.view());
  return hexadecimal(hash);
}

std::string new_request_key() {
  return "k-" + random_digits();
}

std::string new_job_id() {
  return "j-" + random_digits();
}

std::string values_of(const std::vector<std::string>& fields, std::string_view body) {
  const auto handle = schemas::parse(body);
  std::string values;
  for (const auto& field : fields) values += field_text(handle.get(), field) + '\x1f';
  return values;
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
    shared = shared || value == schemas::kMeta;
  }
  return shared ? key : key + '\x1f' + owner;
}

}  // namespace flow
