#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "executor/curve_keys.h"
#include "flow/access/address_lists.h"
#include "flow/access/api_keys.h"
#include "flow/access/audit.h"
#include "flow/access/failed_attempts.h"
#include "flow/access/peers.h"
#include "flow/access/principal.h"
#include "flow/access/server_keys.h"
#include "flow/access/settings.h"
#include "flow/access/tokens.h"

namespace flow::access {

/// Decides who a packet comes from, by the link, the CURVE key and the credential. All kinds of
/// packets get the same decision. Used by one thread.
///
/// Without [access] and without a public address everything is open, for one person on one machine:
/// the request itself names its owner, who may ask everything. Otherwise:
/// - a credential counts on every link: an API key with its own scopes, a token when its address is
///   on the list of users or admins;
/// - without a credential, an ipc peer is the operator (unless trust_ipc is off), a CURVE client is
///   the one that its key was allowed for, and everyone else is refused.
///
/// How often an address may fail is limited (FailedAttempts). A CURVE key that is allowed and an
/// API key that was made here get in however often others fail from their address.
class Guard {
 public:
  /// `is_public`: the flow listens on an address that other hosts can reach. Throws
  /// executor::Error(bad_config) for an unsafe configuration: a public address without server keys
  /// or without an allowed key, a secret that others can read, or tokens while no user is listed.
  Guard(const Settings& settings, const Files& files, bool is_public);

  bool is_open() const { return !on_; }
  /// The server's own key pair; nothing without a public address.
  const std::optional<executor::CurveKeys>& server_keys() const { return server_keys_.present(); }
  /// The pair before that one, while it is rotated.
  const std::optional<executor::CurveKeys>& former_server_keys() const {
    return server_keys_.former();
  }

  /// Whether a CURVE key may connect from this address. Called for each new connection.
  bool allows(const std::string& key, const std::string& address, std::int64_t now_s);
  /// Whether a CURVE key is allowed.
  bool has(const std::string& key) const { return peers_.find(key) != nullptr; }
  /// Whether it is a stage's.
  bool is_stage(const std::string& key) const;
  /// Why the peer may not be this stage; "" when it may: on ipc always, on loopback while
  /// everything is open, otherwise with an allowed key that names the stage.
  std::string objection_to_stage(const Origin& origin, const std::string& stage) const;
  /// The stage's key that a peer came with; nullptr when it needs none. Valid until tick().
  const Peer* stage_key_of(const Origin& origin) const;

  /// The sender of a packet, by its canonical_name(). `claimed` is the owner that the packet names.
  /// Throws executor::Error(unauthenticated).
  Principal admit(const Origin& origin, const std::string& credential, const std::string& claimed,
                  std::int64_t now_s);
  /// What a sender that was admitted may ask now; nothing when the key, token or entry that vouched
  /// for it was taken away since. That one has expired meanwhile takes nothing away.
  std::optional<Principal> present(const Sender& sender) const;

  /// Writes a verdict to the audit log, unless everything is open.
  void note(const AuditEntry& entry);
  /// Reads changed files and flushes the audit log; true when something changed who may come in.
  /// Call a few times per second.
  bool tick();

  ApiKeys& api_keys() { return api_keys_; }
  AddressLists& addresses() { return addresses_; }

 private:
  void refuse_unsafe(bool is_public) const;
  Principal identify(const Origin& origin, const std::string& credential,
                     const std::string& claimed, std::int64_t now_s);
  Principal by_credential(const Origin& origin, const std::string& credential, std::int64_t now_s);
  Principal by_token(const std::string& token, std::int64_t now_s) const;
  /// What the lists say of an address: scopes, none when they do not name it.
  std::vector<std::string> scopes_of(const std::string& address) const;
  bool lists(const std::vector<std::string>& fixed, const std::vector<std::string>& added,
             const std::string& name) const;

  Settings settings_;
  bool on_;
  ServerKeys server_keys_;
  Peers peers_;
  ApiKeys api_keys_;
  AddressLists addresses_;
  Tokens tokens_;
  FailedAttempts attempts_;
  bool changed_ = false;  // since tick() said so last
  std::optional<Audit> audit_;
};

}  // namespace flow::access
