#include "flow/access/api_keys.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>

#include "executor/error.h"
#include "executor/files/sha256.h"
#include "flow/access/base64url.h"
#include "flow/access/strict_json.h"

namespace flow::access {
namespace {

using executor::Error;
using files::sha256_of;
using nlohmann::json;

constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kLeastKeyBytes = 32, kMaxKeyBytes = 256;
constexpr std::size_t kHashDigits = 64;

std::string random_key() {
  std::array<unsigned char, kSecretBytes> bytes{};
  if (RAND_bytes(bytes.data(), kSecretBytes) != 1) throw Error("internal", "no random numbers");
  return "sv_" + to_base64url({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

bool is_hash(const std::string& text) {
  return text.size() == kHashDigits &&
         text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

void check(const std::string& owner, const std::vector<std::string>& scopes) {
  if (!is_principal_name(owner)) {
    throw Error("bad_input", "a key needs an owner", "the name or address that its jobs belong to");
  }
  for (const auto& scope : scopes) {
    if (is_scope(scope)) continue;
    throw Error("bad_input", "'" + scope + "' is not a scope", "user, admin or /endpoint");
  }
  if (scopes.empty()) throw Error("bad_input", "the key may do nothing", "give it the scope user");
}

void check_imported(const std::string& key) {
  const bool plain = std::all_of(key.begin(), key.end(), [](char c) { return c > 0x20; });
  const bool token = std::count(key.begin(), key.end(), '.') == 2;  // it would be taken for one
  if (plain && !token && key.size() >= kLeastKeyBytes && key.size() <= kMaxKeyBytes) return;
  throw Error("bad_input", "an API key has 32 to 256 characters without spaces, and not two dots",
              "make one with souvenir keys api");
}

std::int64_t time_at(const json& object, const char* name) {
  const json& value = object.at(name);
  if (!value.is_number_integer()) {
    throw Error("bad_input", std::string("'") + name + "' is not a whole number of seconds");
  }
  return value.get<std::int64_t>();
}

ApiKey read_key(const json& object) {
  ApiKey key;
  object.at("hash").get_to(key.hash);
  key.owner = canonical_name(object.at("owner").get<std::string>());
  object.at("scopes").get_to(key.scopes);
  key.created_s = time_at(object, "created");
  key.expires_s = time_at(object, "expires");
  object.at("imported").get_to(key.imported);
  check(key.owner, key.scopes);
  if (!is_hash(key.hash)) throw Error("bad_input", "a hash has 64 digits");
  return key;
}

json json_of(const ApiKey& key) {
  return {{"hash", key.hash},         {"owner", key.owner},       {"scopes", key.scopes},
          {"created", key.created_s}, {"expires", key.expires_s}, {"imported", key.imported}};
}

}  // namespace

ApiKeys::ApiKeys(const std::filesystem::path& file) : file_(file) {
  read();
}

void ApiKeys::read() {
  const std::string text = file_.read();
  keys_.clear();
  if (text.empty()) return;
  try {
    const auto object = parse_object(text);
    if (!object) throw Error("bad_input", "not a JSON object");
    for (const auto& each : object->at("keys")) {
      ApiKey key = read_key(each);
      keys_[key.id()] = std::move(key);
    }
  } catch (const std::exception& error) {
    keys_.clear();
    throw Error("bad_config", file_.path().string() + " is not a list of API keys: " + error.what(),
                "change it only with souvenir keys");
  }
}

bool ApiKeys::refresh() {
  if (!file_.changed()) return false;
  try {
    read();
  } catch (const Error&) {
    keys_.clear();
  }
  return true;
}

std::vector<ApiKey> ApiKeys::all() const {
  std::vector<ApiKey> keys;
  for (const auto& [id, key] : keys_) keys.push_back(key);
  return keys;
}

std::string ApiKeys::make(const std::string& owner, const std::vector<std::string>& scopes,
                          std::int64_t now_s, std::int64_t expires_s) {
  check(owner, scopes);
  const std::string text = random_key();
  const PrivateFile::Lock lock(file_);
  read();
  ApiKey key{sha256_of(text), canonical_name(owner), scopes, now_s, expires_s};
  keys_[key.id()] = std::move(key);
  write();
  return text;
}

void ApiKeys::replace_imported(const std::vector<std::string>& keys, const std::string& owner,
                               std::int64_t now_s) {
  const std::vector<std::string> scopes = {"user"};
  check(owner, scopes);
  for (const auto& key : keys) check_imported(key);
  const PrivateFile::Lock lock(file_);
  read();
  std::erase_if(keys_, [](const auto& entry) { return entry.second.imported; });
  for (const auto& text : keys) {
    ApiKey key{sha256_of(text), canonical_name(owner), scopes, now_s, 0, true};
    keys_.emplace(key.id(), std::move(key));
  }
  write();
}

void ApiKeys::revoke(const std::string& id) {
  const PrivateFile::Lock lock(file_);
  read();
  if (keys_.erase(id) == 0) {
    throw Error("not_found", "there is no API key '" + id.substr(0, 64) + "'",
                "souvenir keys list");
  }
  write();
}

void ApiKeys::write() {
  json keys = json::array();
  for (const auto& [id, key] : keys_) keys.push_back(json_of(key));
  file_.write(json{{"keys", keys}}.dump(1) + "\n");
}

Principal ApiKeys::verify(std::string_view key, std::int64_t now_s) const {
  static const ApiKey kNobody{std::string(kHashDigits, 'x')};
  const std::string hash = sha256_of(key.substr(0, kMaxKeyBytes + 1));
  const auto found = keys_.find(hash.substr(0, 12));
  const ApiKey& known = found == keys_.end() ? kNobody : found->second;
  if (CRYPTO_memcmp(known.hash.data(), hash.data(), kHashDigits) != 0) {
    throw Error("unauthenticated", "the API key is not known", "ask an administrator for one");
  }
  if (known.expires_s != 0 && now_s >= known.expires_s) {
    throw Error("unauthenticated", "the API key " + known.id() + " has expired",
                "ask an administrator for another");
  }
  return {known.owner, known.scopes, "key " + known.id()};
}

bool ApiKeys::is_made_here(std::string_view key) const {
  if (key.size() > kMaxKeyBytes) return false;
  const std::string hash = sha256_of(key);
  const auto found = keys_.find(hash.substr(0, 12));
  return found != keys_.end() && !found->second.imported && found->second.hash == hash;
}

const ApiKey* ApiKeys::find(const std::string& id) const {
  const auto found = keys_.find(id);
  return found == keys_.end() ? nullptr : &found->second;
}

}  // namespace flow::access
