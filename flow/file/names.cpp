#include "flow/file/names.h"

#include <algorithm>

#include "flow/file/flow_file.h"

namespace flow {
namespace {

constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz0123456789";

bool is_made_of(std::string_view text, std::string_view extra) {
  return std::all_of(text.begin(), text.end(), [extra](char c) {
    return kLower.find(c) != kLower.npos || extra.find(c) != extra.npos;
  });
}

}  // namespace

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kMaxNameLength && is_made_of(text, "_-");
}

bool is_endpoint(std::string_view text) {
  return text.size() > 1 && text.size() <= kMaxEndpointLength && text[0] == '/' &&
         is_made_of(text, "_/-");
}

bool is_field(std::string_view text) {
  return !text.empty() && text.size() <= kMaxFieldLength && is_made_of(text, "_.") &&
         text.front() != '.' && text.back() != '.' && text.find("..") == text.npos;
}

bool is_environment_name(std::string_view text) {
  constexpr std::string_view kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_";
  return !text.empty() && (text[0] < '0' || text[0] > '9') && is_made_of(text, kUpper);
}

std::vector<std::string> split_path(const std::string& path) {
  std::vector<std::string> names;
  std::size_t from = 0;
  while (true) {
    const std::size_t end = path.find('>', from);
    const std::string part = path.substr(from, end == path.npos ? end : end - from);
    const std::size_t first = part.find_first_not_of(" \t");
    const std::size_t last = part.find_last_not_of(" \t");
    names.push_back(first == part.npos ? "" : part.substr(first, last - first + 1));
    if (end == path.npos) return names;
    from = end + 1;
  }
}

}  // namespace flow
