#include "flow/access/tokens.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "executor/error.h"
#include "flow/access/base64url.h"
#include "flow/access/strict_json.h"

namespace flow::access {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

[[noreturn]] void refuse(const std::string& why) {
  throw executor::Error("unauthenticated", "the token " + why, "get a new one where you log in");
}

std::array<std::string_view, 3> split(std::string_view token) {
  if (token.size() > kMaxTokenBytes) refuse("is too long");
  const auto first = token.find('.');
  const auto second = first == token.npos ? first : token.find('.', first + 1);
  if (second == token.npos || token.find('.', second + 1) != token.npos) {
    refuse("does not have three parts");
  }
  return {token.substr(0, first), token.substr(first + 1, second - first - 1),
          token.substr(second + 1)};
}

json object_in(std::string_view part) {
  const auto text = from_base64url(part);
  const auto object = text ? parse_object(*text) : std::nullopt;
  if (!object) refuse("is malformed");
  return *object;
}

// The text of a field; "" when it is absent. Anything but a string is refused.
std::string text_in(const json& object, const std::string& field) {
  const auto found = object.find(field);
  if (found == object.end()) return "";
  if (!found->is_string()) refuse("has a field of the wrong type");
  return found->get<std::string>();
}

// A time as the RFC has it: a number, whole or not.
double time_in(const json& claims, const std::string& field, double otherwise) {
  const auto found = claims.find(field);
  if (found == claims.end()) return otherwise;
  if (!found->is_number()) refuse("has a time that is not a number");
  const double time = found->get<double>();
  if (!std::isfinite(time) || time < 0) refuse("has an impossible time");
  return time;
}

void check_header(const json& header, const TokenKey& key) {
  if (text_in(header, "alg") != key.settings().algorithm)
    refuse("is signed with another algorithm");
  const std::string type = text_in(header, "typ");
  if (!type.empty() && type != "JWT" && type != "at+jwt") refuse("is of another type");
  for (const char* field : {"crit", "b64", "zip", "enc"}) {
    if (header.contains(field)) refuse("asks for an extension");
  }
}

void check_times(const json& claims, std::int64_t now_s) {
  const auto now = static_cast<double>(now_s);
  const double skew = kClockSkew_s;
  if (!claims.contains("exp")) refuse("does not say when it expires");
  const double expires = time_in(claims, "exp", 0);
  const double issued = time_in(claims, "iat", now);
  if (expires + skew <= now) refuse("has expired");
  if (time_in(claims, "nbf", now) > now + skew || issued > now + skew) refuse("is not valid yet");
  if (expires - std::min(issued, now) > kMaxTokenLifetime_s + skew) refuse("is valid for too long");
}

bool names(const json& claims, const std::string& audience) {
  const auto found = claims.find("aud");
  if (found == claims.end()) return false;
  if (!found->is_array()) return *found == audience;
  const bool texts =
      std::all_of(found->begin(), found->end(), [](const json& each) { return each.is_string(); });
  return texts && std::find(found->begin(), found->end(), audience) != found->end();
}

void check_parties(const json& claims, const TokenSettings& settings) {
  if (text_in(claims, "iss") != settings.issuer) refuse("comes from someone else");
  if (!names(claims, settings.audience)) refuse("is meant for someone else");
  if (text_in(claims, "sub").empty()) refuse("names no subject");
}

std::vector<fs::path> key_files(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".pem") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

TokenSettings with_file(TokenSettings settings, const fs::path& file) {
  settings.kid = file.stem().string();
  settings.key = file;
  return settings;
}

}  // namespace

Tokens::Tokens(const std::vector<TokenSettings>& settings) {
  for (const auto& each : settings) {
    sources_.push_back({each, fs::is_directory(each.key)});
    auto& key = sources_.back().settings.key;
    if (!key.has_filename()) key = key.parent_path();  // "keys/"
  }
  read_all(true);
}

std::vector<Tokens::Stamp> Tokens::stamps() const {
  std::vector<Stamp> found;
  for (const auto& source : sources_) {
    if (!source.is_folder) continue;
    std::error_code error;
    for (const auto& file : key_files(source.settings.key)) {
      found.emplace_back(file, fs::last_write_time(file, error));
    }
  }
  return found;
}

// A key that one puts in while the flow runs may be half a file: the others go on.
void Tokens::read_all(bool is_start) {
  // Those of single files stay as they were at the start.
  std::erase_if(keys_, [this](const TokenKey& key) { return is_in_folder(key); });
  read_at_ = stamps();
  for (const auto& source : sources_) {
    if (!source.is_folder) {
      if (is_start) add(source.settings);
      continue;
    }
    for (const auto& file : key_files(source.settings.key)) {
      try {
        add(with_file(source.settings, file));
      } catch (const executor::Error&) {
        if (is_start) throw;
      }
    }
  }
}

bool Tokens::is_in_folder(const TokenKey& key) const {
  return std::any_of(sources_.begin(), sources_.end(), [&](const Source& source) {
    return source.is_folder && key.settings().key.parent_path() == source.settings.key;
  });
}

void Tokens::add(const TokenSettings& settings) {
  if (has_key(settings.kid)) {
    throw executor::Error("bad_config",
                          "two keys of [[access.jwt]] have the kid '" + settings.kid + "'",
                          "give each its own");
  }
  keys_.emplace_back(settings);
}

bool Tokens::refresh() {
  if (stamps() == read_at_) return false;
  read_all(false);
  return true;
}

bool Tokens::has_key(const std::string& kid) const {
  return std::any_of(keys_.begin(), keys_.end(),
                     [&](const TokenKey& key) { return key.settings().kid == kid; });
}

const TokenKey& Tokens::key_named(const std::string& kid) const {
  const auto found = std::find_if(keys_.begin(), keys_.end(),
                                  [&](const TokenKey& key) { return key.settings().kid == kid; });
  if (found == keys_.end()) refuse("is signed by an unknown key");
  return *found;
}

Principal Tokens::verify(std::string_view token, std::int64_t now_s) const {
  const auto [header_part, claims_part, signature_part] = split(token);
  const json header = object_in(header_part);
  const TokenKey& key = key_named(text_in(header, "kid"));
  check_header(header, key);
  const auto signature = from_base64url(signature_part);
  const auto signed_text = token.substr(0, header_part.size() + 1 + claims_part.size());
  if (!signature || !key.verifies(signed_text, *signature)) refuse("is not signed by its key");
  const json claims = object_in(claims_part);
  check_parties(claims, key.settings());
  check_times(claims, now_s);
  const std::string name = text_in(claims, key.settings().claim);
  if (!is_principal_name(name)) refuse("names no one");
  return {name, {}, "token " + key.settings().kid};
}

}  // namespace flow::access
