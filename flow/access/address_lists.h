#pragma once

#include <string>
#include <vector>

#include "flow/access/private_file.h"

namespace flow::access {

/// Whether the text is a plain address "name@domain": ASCII, no quotes, spaces or comments, so that
/// one mailbox has one spelling but for its capitals (canonical_name()). A domain in another script
/// is written as xn--.
bool is_address(const std::string& text);

/// Whether the text is an address or a domain "name.tld".
bool is_address_or_domain(const std::string& text);

/// Whether the list contains `address` or its domain (a subdomain is a different domain). Case does
/// not matter. What is no plain address is on no list.
bool is_listed(const std::vector<std::string>& list, const std::string& address);

/// The users and admins that were added while the flow runs: a JSON file {"users": [], "admins":
/// []}.
class AddressLists {
 public:
  /// Throws executor::Error(bad_config) when the file is invalid.
  explicit AddressLists(const std::filesystem::path& file);

  /// Reads the file again when it has changed, and says so. An invalid file lists nobody.
  bool refresh();
  const std::vector<std::string>& users() const { return users_; }
  const std::vector<std::string>& admins() const { return admins_; }

  /// Throws executor::Error(bad_input) for an entry that is neither an address nor a domain.
  void set_users(std::vector<std::string> users);
  void set_admins(std::vector<std::string> admins);

 private:
  void read();
  void write();

  PrivateFile file_;
  std::vector<std::string> users_, admins_;
};

}  // namespace flow::access
