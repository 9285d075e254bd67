#include "schemas/words.h"

namespace schemas {

std::string listed(std::span<const std::string_view> words) {
  std::string list;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) list += i + 1 == words.size() ? " or " : ", ";
    list += words[i];
  }
  return list;
}

std::string quoted(const std::string& text) {
  constexpr std::size_t kShown = 64;
  std::string result = text.substr(0, kShown);
  for (char& c : result) {
    if (c < 0x20 || c > 0x7e) c = '?';
  }
  return "'" + result + (text.size() > kShown ? "...'" : "'");
}

}  // namespace schemas
