// [access] of a flow file.
#include "executor/files/file_error.h"
#include "executor/files/trusted.h"
#include "flow/access/address_lists.h"
#include "flow/access/token_key.h"
#include "flow/file/check.h"
#include "flow/file/flow_reader.h"

namespace flow {

void FlowReader::read_access(const toml::table& root) {
  const toml::node* node = root.get("access");
  if (node == nullptr) return;
  const toml::table& keys = table(*node, "[access]");
  only(keys, "[access]", {"users", "admins", "trust_ipc", "trust_group", "audit", "jwt"});
  flow_.access.on = true;
  if (const auto* users = keys.get("users")) flow_.access.users = read_addresses(*users, "'users'");
  if (const auto* list = keys.get("admins"))
    flow_.access.admins = read_addresses(*list, "'admins'");
  if (const auto* trust = keys.get("trust_ipc")) {
    flow_.access.trust_ipc = flag(*trust, "'trust_ipc'");
  }
  if (const auto* group = keys.get("trust_group")) read_trust_group(*group);
  if (const auto* audit = keys.get("audit")) read_audit(*audit);
  const toml::node* tokens = keys.get("jwt");
  if (tokens == nullptr) return;
  const toml::array* array = tokens->as_array();
  if (array == nullptr) wrong_type(*tokens, "'jwt'", "[[access.jwt]]");
  for (const auto& each : *array) {
    flow_.access.tokens.push_back(read_token(table(each, "'jwt'", "[[access.jwt]]")));
  }
}

void FlowReader::read_audit(const toml::node& node) {
  const std::string where = text(node, "'audit'");
  if (where != "file" && where != "syslog" && where != "both") {
    fail_at(at(node), "'" + where + "' is no place for the audit", "file, syslog or both");
  }
  flow_.access.audit_file = where != "syslog";
  flow_.access.audit_syslog = where != "file";
}

// It holds from here on: the plugins of the stages are looked at next.
void FlowReader::read_trust_group(const toml::node& node) {
  try {
    files::trust_group(text(node, "'trust_group'"));
  } catch (const files::Error& error) {
    fail_at(at(node), error.what(), "write the name or the number of a group");
  }
}

std::vector<std::string> FlowReader::read_addresses(const toml::node& node,
                                                    const std::string& what) {
  Names addresses = texts(node, what);
  for (const auto& each : addresses) {
    if (access::is_address_or_domain(each)) continue;
    fail_at(at(node), "'" + each + "' is neither an address nor a domain",
            "write ann@example.org, or example.org for all of it");
  }
  return addresses;
}

access::TokenSettings FlowReader::read_token(const toml::table& keys) {
  only(keys, "[[access.jwt]]", {"kid", "alg", "key", "iss", "aud", "claim"});
  const auto needed = [&](const char* name) {
    const toml::node* node = keys.get(name);
    const std::string what = "'" + std::string(name) + "'";
    const std::string written = node == nullptr ? "" : text(*node, what);
    if (written.empty())
      fail_at(at(keys), what + " is missing", "alg, key, iss and aud are needed");
    return written;
  };
  access::TokenSettings settings{"", needed("alg"), needed("key"), needed("iss"), needed("aud")};
  if (!access::is_algorithm(settings.algorithm)) {
    fail_at(at(keys), "'" + settings.algorithm + "' is not a supported algorithm",
            "HS256, RS256, ES256 or EdDSA");
  }
  if (settings.key.is_relative()) settings.key = file_.parent_path() / settings.key;
  if (const auto* kid = keys.get("kid")) {
    settings.kid = text(*kid, "'kid'");
    if (std::filesystem::is_directory(settings.key)) {
      fail_at(at(*kid), "'key' is a folder, whose files say each kid", "leave out kid");
    }
  }
  if (const auto* claim = keys.get("claim")) settings.claim = text(*claim, "'claim'");
  return settings;
}

}  // namespace flow
