#include "flow/gateway/job_key.h"

#include <xxhash.h>

#include <cstdint>
#include <cstdio>
#include <memory>
#include <new>
#include <sstream>
#include <string_view>

#include "executor/files/random_id.h"
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

// Each part after its size: no two requests are one row of bytes.
void mix(XXH3_state_t& state, std::string_view bytes) {
  const std::uint64_t size = bytes.size();
  XXH3_128bits_update(&state, &size, sizeof size);
  XXH3_128bits_update(&state, bytes.data(), bytes.size());
}

std::string hexadecimal(std::uint64_t bits) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(bits));
  return text;
}

}  // namespace

std::string digest(const executor::Packet& request) {
  const std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state(XXH3_createState(),
                                                                       &XXH3_freeState);
  if (!state || XXH3_128bits_reset(state.get()) != XXH_OK) throw std::bad_alloc();
  mix(*state, request.header.endpoint);
  mix(*state, request.header.type);
  mix(*state, request.body.view());
  for (const auto& blob : request.blobs) mix(*state, blob.view());
  const XXH128_hash_t hash = XXH3_128bits_digest(state.get());
  return hexadecimal(hash.high64) + hexadecimal(hash.low64);
}

std::string new_request_key() {
  return files::random_id("k-");
}

std::string new_job_id() {
  return files::random_id("j-");
}

std::string values_of(const std::vector<std::string>& fields, std::string_view body) {
  const auto handle = schemas::parse(body);
  std::string values;
  for (const auto& field : fields) values += field_text(handle.get(), field) + '\x1f';
  return values;
}

SerialKey serial_key(const std::vector<std::string>& fields, std::string_view body,
                     const std::string& endpoint, const std::string& owner) {
  if (fields.empty()) return {};
  const auto handle = schemas::parse(body);
  SerialKey key{endpoint};
  for (const auto& field : fields) {
    const std::string value = field_text(handle.get(), field);
    key.text += '\x1f' + value;
    key.shared = key.shared || value == schemas::kMeta;
  }
  if (!key.shared) key.text += '\x1f' + owner;
  return key;
}

}  // namespace flow
