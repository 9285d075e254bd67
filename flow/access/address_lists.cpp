#include "flow/access/address_lists.h"

#include <algorithm>

#include "executor/error.h"
#include "flow/access/principal.h"
#include "flow/access/strict_json.h"

namespace flow::access {
namespace {

constexpr const char* kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
constexpr const char* kMarks = "!#$%&'*+-/=?^_`{|}~";  // that stand in an address without quotes

// Words of these characters with single dots between them (RFC 5322's dot-atom).
bool is_dotted(const std::string& text, const std::string& characters) {
  return !text.empty() && text.front() != '.' && text.back() != '.' &&
         text.find("..") == text.npos && text.find_first_not_of(characters + '.') == text.npos;
}

bool is_domain(const std::string& text) {
  return is_dotted(text, std::string(kLetters) + '-');
}

// A domain as addresses have it behind the @.
std::string folded(const std::string& entry) {
  return canonical_name('@' + entry).substr(1);
}

void check(const std::vector<std::string>& list) {
  for (const auto& each : list) {
    if (is_address_or_domain(each)) continue;
    throw executor::Error("bad_input",
                          "'" + each.substr(0, 80) + "' is neither an address nor a domain",
                          "write ann@example.org, or example.org for all of it");
  }
}

}  // namespace

bool is_address(const std::string& text) {
  const auto at = text.find('@');
  return is_principal_name(text) && at != text.npos &&
         is_dotted(text.substr(0, at), std::string(kLetters) + kMarks) &&
         is_domain(text.substr(at + 1));
}

bool is_address_or_domain(const std::string& text) {
  if (text.find('@') != text.npos) return is_address(text);
  return is_principal_name(text) && is_domain(text) && text.find('.') != text.npos;
}

bool is_listed(const std::vector<std::string>& list, const std::string& address) {
  if (!is_address(address)) return false;
  const std::string whole = canonical_name(address);
  const std::string domain = whole.substr(whole.find('@') + 1);
  return std::any_of(list.begin(), list.end(), [&](const std::string& each) {
    const std::string entry = folded(each);
    return entry == whole || entry == domain;
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
    if (!object) throw executor::Error("bad_input", "not a JSON object");
    object->at("users").get_to(users_);
    object->at("admins").get_to(admins_);
    check(users_);
    check(admins_);
  } catch (const std::exception& error) {
    throw executor::Error("bad_config",
                          file_.path().string() + " is not a list of addresses: " + error.what(),
                          R"(write {"users": [], "admins": []})");
  }
}

bool AddressLists::refresh() {
  if (!file_.changed()) return false;
  try {
    read();
  } catch (const executor::Error&) {
    users_.clear();
    admins_.clear();
  }
  return true;
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
