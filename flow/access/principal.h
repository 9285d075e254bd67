#pragma once

#include <string>
#include <vector>

namespace flow::access {

/// The link on which a packet arrived.
enum class Link {
  own,       ///< an ipc socket in a folder that only this user can reach
  loopback,  ///< tcp on this host: any user of the host
  curve,     ///< from any host, with an allowed key
};

/// What is known about a packet's sender before its content is read. A value.
struct Origin {
  Link link = Link::own;
  std::string key = {};      ///< the public key that the sender proved to hold, on a CURVE link
  std::string address = {};  ///< where it comes from, "192.0.2.7" or "2001:db8::7"; "" = this host
};

/// Who may ask a route, in addition to the executors that call it.
enum class Access { user, admin };

/// Who a request comes from, and what they may ask. A value.
///
/// Scopes: "user" = every user route, "admin" = every route, "/endpoint" = that route.
struct Principal {
  std::string name;
  std::vector<std::string> scopes = {};
  std::string credential = {};  ///< what vouched for it, for the audit: "key 1f2e", "token 2026"

  bool has(const std::string& scope) const;
  bool is_admin() const { return has("admin"); }
  bool may_ask(const std::string& endpoint, Access access) const;
};

/// Who sent a packet, as it was judged. A value.
struct Sender {
  Origin origin;
  Principal who;
};

/// Whether the text is "user", "admin" or an endpoint.
bool is_scope(const std::string& text);

/// Whether the text can name a principal: 1 to 256 bytes of UTF-8 without control characters.
bool is_principal_name(const std::string& text);

/// The one form of a name that owns things. In an address ("Eve@Example.org") capitals make no
/// difference, and become small letters; any other name stays as it is ("Ann" is not "ann"). Old
/// databases are folded with SQLite's lower(), which does the same.
std::string canonical_name(const std::string& name);

}  // namespace flow::access
