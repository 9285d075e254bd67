#include "flow/access/guard.h"

#include <algorithm>
#include <chrono>

#include "executor/error.h"

namespace flow::access {
namespace {

using executor::Error;

std::int64_t unix_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

std::optional<executor::CurveKeys> read_server_keys(const Files& files, bool is_public) {
  if (!is_public) return std::nullopt;
  if (!std::filesystem::exists(files.server_key)) {
    throw Error("bad_config", "the flow listens to other hosts, but the server has no key pair",
                "souvenir keys server, then souvenir keys make NAME for each stage and client");
  }
  return executor::read_key_file(files.server_key);
}

}  // namespace

Guard::Guard(const Settings& settings, const Files& files, bool is_public)
    : settings_(settings),
      on_(settings.on || is_public),
      server_keys_(read_server_keys(files, is_public)),
      peers_(files.peers),
      api_keys_(files.api_keys),
      addresses_(files.addresses),
      tokens_(settings.tokens) {
  refuse_unsafe(is_public);
  if (on_) audit_.emplace(settings_, files, unix_ms());
}

void Guard::refuse_unsafe(bool is_public) const {
  if (is_public && peers_.all().empty()) {
    throw Error("bad_config", "the flow listens to other hosts, but no key is allowed",
                "souvenir keys make NAME for each stage and client, or souvenir keys allow");
  }
  const bool nobody = settings_.users.empty() && settings_.admins.empty() &&
                      addresses_.users().empty() && addresses_.admins().empty();
  if (!tokens_.none() && nobody) {
    throw Error("bad_config", "[access] takes tokens, but lists nobody who may use them",
                "add users = [\"example.org\"] or admins to [access]");
  }
}

bool Guard::allows(const std::string& key) {
  peers_.refresh();
  return peers_.find(key) != nullptr;
}

bool Guard::allows_stage(const Origin& origin) const {
  if (origin.link == Link::own) return true;
  if (origin.link == Link::loopback) return is_open();
  const Peer* peer = peers_.find(origin.key);
  return peer != nullptr && peer->role == PeerRole::stage;
}

Principal Guard::admit(const Origin& origin, const std::string& credential,
                       const std::string& claimed, std::int64_t now_s) const {
  Principal who = identify(origin, credential, claimed, now_s);
  who.name = canonical_name(who.name);
  return who;
}

Principal Guard::identify(const Origin& origin, const std::string& credential,
                          const std::string& claimed, std::int64_t now_s) const {
  if (is_open()) return {claimed, {"admin"}, ""};
  const Peer* peer = origin.link == Link::curve ? peers_.find(origin.key) : nullptr;
  if (origin.link == Link::curve && (peer == nullptr || peer->role == PeerRole::stage)) {
    throw Error("unauthenticated", "this key is not one of a client",
                "ask an administrator: souvenir keys make NAME");
  }
  if (!credential.empty()) {
    const bool is_token = std::count(credential.begin(), credential.end(), '.') == 2;
    return is_token ? by_token(credential, now_s) : api_keys_.verify(credential, now_s);
  }
  if (origin.link == Link::own && settings_.trust_ipc) return {claimed, {"admin"}, "ipc"};
  if (peer != nullptr) {
    return {peer->name, {peer->role == PeerRole::admin ? "admin" : "user"}, "peer " + peer->name};
  }
  throw Error("unauthenticated", "the request names no one who may ask",
              "give an API key or a token: SOUVENIR_TOKEN or --token-file");
}

bool Guard::lists(const std::vector<std::string>& fixed, const std::vector<std::string>& added,
                  const std::string& name) const {
  return is_listed(fixed, name) || is_listed(added, name);
}

Principal Guard::by_token(const std::string& token, std::int64_t now_s) const {
  Principal principal = tokens_.verify(token, now_s);
  if (lists(settings_.admins, addresses_.admins(), principal.name)) {
    principal.scopes = {"admin"};
  } else if (lists(settings_.users, addresses_.users(), principal.name)) {
    principal.scopes = {"user"};
  } else {
    throw Error("unauthenticated", "'" + principal.name + "' is not on the list of users",
                "ask an administrator");
  }
  return principal;
}

void Guard::note(const AuditEntry& entry) {
  if (audit_) audit_->write(entry);
}

void Guard::tick() {
  peers_.refresh();
  api_keys_.refresh();
  addresses_.refresh();
  if (audit_) audit_->flush(unix_ms());
}

}  // namespace flow::access
