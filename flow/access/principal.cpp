#include "flow/access/principal.h"

#include <algorithm>

#include "schemas/utf8.h"

namespace flow::access {
namespace {

constexpr std::size_t kMaxNameBytes = 256;

}  // namespace

bool Principal::has(const std::string& scope) const {
  return std::find(scopes.begin(), scopes.end(), scope) != scopes.end();
}

bool Principal::may_ask(const std::string& endpoint, Access access) const {
  if (is_admin()) return true;
  return access == Access::user && (has("user") || has(endpoint));
}

bool is_scope(const std::string& text) {
  return text == "user" || text == "admin" || (text.size() > 1 && text[0] == '/');
}

bool is_principal_name(const std::string& text) {
  const bool printable = std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f;
  });
  return !text.empty() && text.size() <= kMaxNameBytes && printable && schemas::is_utf8(text);
}

std::string canonical_name(const std::string& name) {
  if (name.find('@') == name.npos) return name;
  std::string folded = name;
  for (char& c : folded) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return folded;
}

}  // namespace flow::access
