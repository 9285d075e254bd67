#pragma once

#include <string>
#include <vector>

namespace flow::access {

/// Where a packet came in.
enum class Link {
  own,       ///< an ipc socket in a folder of this user's alone
  loopback,  ///< tcp of this host: any of its users
  curve,     ///< from anywhere, with an allowed key
};

/// What is known of a packet's sender before its content. A value.
struct Origin {
  Link link = Link::own;
  std::string key = {};  ///< the public key that it proved to hold, on a CURVE link
};

/// Who may ask a route, beside the executors that call it.
enum class Access { user, admin };

/// Who a request comes from, and what it may ask. A value.
///
/// Scopes: "user" = every route of users, "admin" = every route, "/endpoint" = that one.
struct Principal {
  std::string name;
  std::vector<std::string> scopes = {};
  std::string credential = {};  ///< what vouched for it, for the audit: "key 1f2e", "token 2026"

  bool has(const std::string& scope) const;
  bool is_admin() const { return has("admin"); }
  bool may_ask(const std::string& endpoint, Access access) const;
};

/// Whether the text is "user", "admin" or "/" and an endpoint's name.
bool is_scope(const std::string& text);

/// Whether it can name a principal: 1 to 256 bytes of UTF-8 without control characters.
bool is_principal_name(const std::string& text);

}  // namespace flow::access
