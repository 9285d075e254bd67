#include "flow/access/tokens.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "executor/error.h"
#include "flow/access/base64url.h"
#include "flow/access/strict_json.h"

namespace flow::access {
namespace {

using nlohmann::json;

[[noreturn]] void refuse(const std::string& why) {
  throw executor::Error("unauthenticated", "the token " + why, "get a new one where you log in");
}

std::array<std::string_view, 3> split(std::string_view token) {
  if (token.size() > kMaxTokenBytes) refuse("is too long");
  const auto first = token.find('.');
  const auto second = first == token.npos ? first : token.find('.', first + 1);
  if (second == token.npos || token.find('.', second + 1) != token.npos) {
    refuse("has not three parts");
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
  if (!found->is_number()) refuse("has a time that is no number");
  const double time = found->get<double>();
  if (!std::isfinite(time) || time < 0) refuse("has an impossible time");
  return time;
}

void check_header(const json& header, const TokenKey& key) {
  if (text_in(header, "alg") != key.settings().algorithm) refuse("is signed in another way");
  const std::string type = text_in(header, "typ");
  if (!type.empty() && type != "JWT" && type != "at+jwt") refuse("is of another type");
  for (const char* field : {"crit", "b64", "zip", "enc"}) {
    if (header.contains(field)) refuse("asks for an extension");
  }
}

void check_times(const json& claims, std::int64_t now_s) {
  const auto now = static_cast<double>(now_s);
  const double skew = kClockSkew_s;
  if (!claims.contains("exp")) refuse("has no end");
  const double expires = time_in(claims, "exp", 0);
  const double issued = time_in(claims, "iat", now);
  if (expires + skew <= now) refuse("has expired");
  if (time_in(claims, "nbf", now) > now + skew || issued > now + skew) refuse("is not valid yet");
  if (expires - std::min(issued, now) > kMaxTokenLifetime_s + skew) refuse("lives too long");
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

}  // namespace

Tokens::Tokens(const std::vector<TokenSettings>& settings) {
  for (const auto& each : settings) {
    for (const auto& key : keys_) {
      if (key.settings().kid != each.kid) continue;
      throw executor::Error("bad_config",
                            "two keys of [[access.jwt]] have the kid '" + each.kid + "'",
                            "give each its own");
    }
    keys_.emplace_back(each);
  }
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
