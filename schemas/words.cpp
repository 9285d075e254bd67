#include "schemas/words.h"

#include <utility>

namespace schemas {

std::string listed(std::span<const std::string_view> words) {
  std::string list;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) list += i + 1 == words.size() ? " or " : ", ";
    list += words[i];
  }
  return list;
}

std::string first_few(std::span<const std::string> texts, std::size_t most,
                      std::string_view between) {
  std::string list;
  for (std::size_t i = 0; i < texts.size() && i < most; ++i) {
    if (i > 0) list += between;
    list += texts[i];
  }
  if (texts.size() > most) {
    list += std::string(between) + "and " + std::to_string(texts.size() - most) + " more";
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

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

std::set<std::string> words_of(std::string_view text) {
  std::set<std::string> words;
  std::string word;
  for (const char c : text) {
    if (is_letter_or_digit(c)) {
      word += c;
    } else if (!word.empty()) {
      words.insert(lower(std::exchange(word, {})));
    }
  }
  if (!word.empty()) words.insert(lower(word));
  return words;
}

}  // namespace schemas
