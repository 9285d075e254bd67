#include "flow/access/address_lists.h"

#include <algorithm>
#include <cctype>

#include "executor/error.h"
#include "flow/access/principal.h"
#include "flow/access/strict_json.h"

namespace flow::access {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

void check(const std::vector<std::string>& list) {
  for (const auto& each : list) {
    if (is_address_or_domain(each)) continue;
    throw executor::Error("bad_input", "'" + each.substr(0, 80) + "' is no address and no domain",
                          "write ann@example.org, or example.org for all of it");
  }
}

}  // namespace

bool is_address_or_domain(const std::string& text) {
  const auto at = text.find('@');
  const std::string domain = at == text.npos ? text : text.substr(at + 1);
  const bool plain = std::none_of(text.begin(), text.end(), [](char c) { return c == ' '; });
  return is_principal_name(text) && plain && at != 0 && text.find('@', at + 1) == text.npos &&
         !domain.empty() && domain.front() != '.' && domain.back() != '.' &&
         (at != text.npos || domain.find('.') != domain.npos);
}

bool is_listed(const std::vector<std::string>& list, const std::string& address) {
  const std::string whole = lower(address);
  const auto at = whole.find('@');
  const bool one_at = at != whole.npos && at > 0 && whole.find('@', at + 1) == whole.npos;
  const std::string domain = one_at ? whole.substr(at + 1) : "";
  return std::any_of(list.begin(), list.end(), [&](const std::string& each) {
    const std::string entry = lower(each);
    return one_at && (entry == whole || entry == domain);  // a name without @ is on no list
  });
}

AddressLists::AddressLists(const std::filesystem::path& file) : file_(file) {
  read();
}

void AddressLists::read() {
  const std::string text = file_.read();
  users_.clear();
  admins_.clear();
  if (text.empty()) return;
  try {
    const auto object = parse_object(text);
    if (!object) throw executor::Error("bad_input", "no JSON object");
    object->at("users").get_to(users_);
    object->at("admins").get_to(admins_);
    check(users_);
    check(admins_);
  } catch (const std::exception& error) {
    throw executor::Error("bad_config",
                          file_.path().string() + " is no list of addresses: " + error.what(),
                          R"(write {"users": [], "admins": []})");
  }
}

void AddressLists::refresh() {
  if (!file_.changed()) return;
  try {
    read();
  } catch (const executor::Error&) {
    users_.clear();
    admins_.clear();
  }
}

void AddressLists::set_users(std::vector<std::string> users) {
  check(users);
  const PrivateFile::Lock lock(file_);
  read();
  users_ = std::move(users);
  write();
}

void AddressLists::set_admins(std::vector<std::string> admins) {
  check(admins);
  const PrivateFile::Lock lock(file_);
  read();
  admins_ = std::move(admins);
  write();
}

void AddressLists::write() {
  file_.write(nlohmann::json{{"users", users_}, {"admins", admins_}}.dump(1) + "\n");
}

}  // namespace flow::access
