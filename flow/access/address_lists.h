#pragma once

#include <string>
#include <vector>

#include "flow/access/private_file.h"

namespace flow::access {

/// Whether the text is an address "name@domain" or a domain "name.tld".
bool is_address_or_domain(const std::string& text);

/// Whether `address` is on the list: by its whole text, or by its domain (a subdomain is another).
/// Letters match in either case.
bool is_listed(const std::vector<std::string>& list, const std::string& address);

/// Users and admins that were added while the flow runs: a JSON file {"users": [], "admins": []}.
class AddressLists {
 public:
  /// Throws executor::Error(bad_config) when the file is wrong.
  explicit AddressLists(const std::filesystem::path& file);

  /// Reads the file again when it has changed; one that is wrong lists nobody.
  void refresh();
  const std::vector<std::string>& users() const { return users_; }
  const std::vector<std::string>& admins() const { return admins_; }

  /// Throws executor::Error(bad_input) for what is no address or domain.
  void set_users(std::vector<std::string> users);
  void set_admins(std::vector<std::string> admins);

 private:
  void read();
  void write();

  PrivateFile file_;
  std::vector<std::string> users_, admins_;
};

}  // namespace flow::access
