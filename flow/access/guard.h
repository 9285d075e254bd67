#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "executor/curve_keys.h"
#include "flow/access/address_lists.h"
#include "flow/access/api_keys.h"
#include "flow/access/audit.h"
#include "flow/access/peers.h"
#include "flow/access/principal.h"
#include "flow/access/settings.h"
#include "flow/access/tokens.h"

namespace flow::access {

/// Decides who a packet comes from: by the link, the CURVE key and the credential. One decision for
/// every kind of packet. Used by one thread.
///
/// Without [access] and without a public address all is open, as it is for one person on one
/// machine: a request's own word names its owner, who may ask everything. Else:
/// - a credential counts wherever it comes from: an API key with its own scopes, a token when its
///   address is on the lists of users or admins;
/// - without one, an ipc peer is the operator (unless trust_ipc is off), a CURVE client is who its
///   key was allowed for, and anyone else is refused.
class Guard {
 public:
  /// `is_public`: the flow listens on an address that other hosts reach.
  /// Throws executor::Error(bad_config) rather than guard an unsafe configuration: a public address
  /// without keys of the server or without an allowed key, a secret that others can read, tokens
  /// but nobody listed who may use them.
  Guard(const Settings& settings, const Files& files, bool is_public);

  bool is_open() const { return !on_; }
  /// The server's own pair; nothing without a public address.
  const std::optional<executor::CurveKeys>& server_keys() const { return server_keys_; }

  /// Whether a CURVE key is let in; asked at each new connection.
  bool allows(const std::string& key);
  /// Whether the peer may be a stage: always on ipc, on loopback while all is open, else with an
  /// allowed key of a stage.
  bool allows_stage(const Origin& origin) const;

  /// Who it is. `claimed` = the owner that the packet names. Throws executor::Error
  /// (unauthenticated).
  Principal admit(const Origin& origin, const std::string& credential, const std::string& claimed,
                  std::int64_t now_s) const;

  /// Notes a verdict in the audit, unless all is open.
  void note(const AuditEntry& entry);
  /// Takes in changed files and flushes the audit. Call a few times a second.
  void tick();

  ApiKeys& api_keys() { return api_keys_; }
  AddressLists& addresses() { return addresses_; }

 private:
  void refuse_unsafe(bool is_public) const;
  Principal by_token(const std::string& token, std::int64_t now_s) const;
  bool lists(const std::vector<std::string>& fixed, const std::vector<std::string>& added,
             const std::string& name) const;

  Settings settings_;
  bool on_;
  std::optional<executor::CurveKeys> server_keys_;
  Peers peers_;
  ApiKeys api_keys_;
  AddressLists addresses_;
  Tokens tokens_;
  std::optional<Audit> audit_;
};

}  // namespace flow::access
