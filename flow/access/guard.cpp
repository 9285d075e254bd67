#include "flow/access/guard.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "executor/error.h"

namespace flow::access {
namespace {

using executor::Error;

std::int64_t unix_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

ServerKeys read_server_keys(const Files& files, bool is_public) {
  ServerKeys keys(files, is_public);
  if (keys.present() || !is_public) return keys;
  throw Error("bad_config", "the flow listens to other hosts, but the server has no key pair",
              "souvenir keys server, then souvenir keys make NAME for each stage and client");
}

bool is_token(const std::string& credential) {
  return std::count(credential.begin(), credential.end(), '.') == 2;
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

bool Guard::allows(const std::string& key, const std::string& address, std::int64_t now_s) {
  const std::string from = address_of({Link::curve, key, address});
  if (!has(key) && attempts_.may_try(from, key, now_s)) changed_ |= peers_.refresh();
  if (has(key)) return true;
  attempts_.failed(from, now_s);
  return false;
}

const Peer* Guard::stage_key_of(const Origin& origin) const {
  const Peer* peer = origin.link == Link::curve ? peers_.find(origin.key) : nullptr;
  return peer != nullptr && peer->role == PeerRole::stage ? peer : nullptr;
}

bool Guard::is_stage(const std::string& key) const {
  const Peer* peer = peers_.find(key);
  return peer != nullptr && peer->role == PeerRole::stage;
}

std::string Guard::objection_to_stage(const Origin& origin, const std::string& stage) const {
  if (origin.link == Link::own || (origin.link == Link::loopback && is_open())) return "";
  const Peer* peer = stage_key_of(origin);
  if (peer == nullptr) return "has a key that no stage has, or that was revoked";
  if (peer->stages.empty()) return "has a key that does not say as which stages";
  const bool named =
      std::find(peer->stages.begin(), peer->stages.end(), stage) != peer->stages.end();
  return named ? "" : "has a key for other stages";
}

Principal Guard::admit(const Origin& origin, const std::string& credential,
                       const std::string& claimed, std::int64_t now_s) {
  Principal who = identify(origin, credential, claimed, now_s);
  who.name = canonical_name(who.name);
  return who;
}

Principal Guard::identify(const Origin& origin, const std::string& credential,
                          const std::string& claimed, std::int64_t now_s) {
  if (is_open()) return {claimed, {"admin"}, ""};
  const Peer* peer = origin.link == Link::curve ? peers_.find(origin.key) : nullptr;
  if (origin.link == Link::curve && (peer == nullptr || peer->role == PeerRole::stage)) {
    throw Error("unauthenticated", "this key is not a client's",
                "ask an administrator: souvenir keys make NAME");
  }
  if (!credential.empty()) return by_credential(origin, credential, now_s);
  if (origin.link == Link::own && settings_.trust_ipc) return {claimed, {"admin"}, "ipc"};
  if (peer != nullptr) {
    return {peer->name, {peer->role == PeerRole::admin ? "admin" : "user"}, "peer " + peer->name};
  }
  throw Error("unauthenticated", "the request does not say who asks",
              "give an API key or a token: SOUVENIR_TOKEN or --token-file");
}

Principal Guard::by_credential(const Origin& origin, const std::string& credential,
                               std::int64_t now_s) {
  const bool token = is_token(credential);
  if (!token && api_keys_.is_made_here(credential)) return api_keys_.verify(credential, now_s);
  const std::string from = address_of(origin);
  if (!attempts_.may_try(from, credential, now_s)) {
    throw Error("unauthenticated", "too many attempts from your address have failed",
                "this one was not looked at: try again in a few seconds");
  }
  try {
    Principal who = token ? by_token(credential, now_s) : api_keys_.verify(credential, now_s);
    attempts_.succeeded(credential);
    return who;
  } catch (const Error&) {
    attempts_.failed(from, now_s);
    throw;
  }
}

std::optional<Principal> Guard::present(const Sender& sender) const {
  Principal who = sender.who;
  if (is_open() || who.credential == "ipc") return who;
  const bool by_curve = sender.origin.link == Link::curve;
  const Peer* peer = by_curve ? peers_.find(sender.origin.key) : nullptr;
  if (by_curve && (peer == nullptr || peer->role == PeerRole::stage)) return std::nullopt;
  const std::string kind = who.credential.substr(0, who.credential.find(' '));
  const std::string name = who.credential.substr(std::min(kind.size() + 1, who.credential.size()));
  if (kind == "key") {
    const ApiKey* key = api_keys_.find(name);
    if (key == nullptr) return std::nullopt;
    who.scopes = key->scopes;
  } else if (kind == "token") {
    who.scopes = scopes_of(who.name);
    if (who.scopes.empty() || !tokens_.has_key(name)) return std::nullopt;
  } else {
    if (peer == nullptr || name != peer->name) return std::nullopt;
    who.scopes = {peer->role == PeerRole::admin ? "admin" : "user"};
  }
  return who;
}

bool Guard::lists(const std::vector<std::string>& fixed, const std::vector<std::string>& added,
                  const std::string& name) const {
  return is_listed(fixed, name) || is_listed(added, name);
}

std::vector<std::string> Guard::scopes_of(const std::string& address) const {
  if (lists(settings_.admins, addresses_.admins(), address)) return {"admin"};
  if (lists(settings_.users, addresses_.users(), address)) return {"user"};
  return {};
}

Principal Guard::by_token(const std::string& token, std::int64_t now_s) const {
  Principal principal = tokens_.verify(token, now_s);
  principal.scopes = scopes_of(principal.name);
  if (!principal.scopes.empty()) return principal;
  throw Error("unauthenticated", "'" + principal.name + "' is not on the list of users",
              "ask an administrator");
}

void Guard::note(const AuditEntry& entry) {
  if (audit_) audit_->write(entry);
}

bool Guard::tick() {
  if (audit_) audit_->flush(unix_ms());
  bool changed = std::exchange(changed_, false);
  changed |= peers_.refresh();
  changed |= api_keys_.refresh();
  changed |= addresses_.refresh();
  changed |= tokens_.refresh();
  changed |= server_keys_.refresh();
  return changed;
}

}  // namespace flow::access
