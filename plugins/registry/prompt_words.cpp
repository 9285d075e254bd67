#include "registry/prompt_words.h"

#include <algorithm>

namespace registry {
namespace {

bool belongs_to_word(char c) {
  return is_letter_or_digit(c) || static_cast<unsigned char>(c) >= 0x80;
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_letters(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return lower(x) == lower(y); });
}

bool ends_word(std::string_view text, std::size_t at) {
  return at >= text.size() || !belongs_to_word(text[at]);
}

// Position of the next whole `word` at or after `from`, or npos.
std::size_t find_word(std::string_view text, std::string_view word, std::size_t from) {
  if (word.empty()) return std::string_view::npos;
  for (std::size_t at = from; at + word.size() <= text.size(); ++at) {
    const bool starts = at == 0 || !belongs_to_word(text[at - 1]);
    if (starts && ends_word(text, at + word.size()) &&
        same_letters(text.substr(at, word.size()), word)) {
      return at;
    }
  }
  return std::string_view::npos;
}

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

// Whether `rest` is white space and then `category`, perhaps in plural.
bool goes_on_with(std::string_view rest, std::string_view category) {
  std::size_t at = 0;
  while (at < rest.size() && is_space(rest[at])) ++at;
  if (at == 0 || !same_letters(rest.substr(at, category.size()), category)) return false;
  at += category.size();
  for (const std::string_view plural : {"", "s", "es"}) {
    if (same_letters(rest.substr(at, plural.size()), plural) &&
        ends_word(rest, at + plural.size())) {
      return true;
    }
  }
  return false;
}

}  // namespace

bool has_word(std::string_view prompt, std::string_view word) {
  return find_word(prompt, word, 0) != std::string_view::npos;
}

std::string with_category(const std::string& prompt, const std::string& identifier,
                          const std::string& category) {
  std::string result;
  std::size_t done = 0;
  for (std::size_t at = find_word(prompt, identifier, 0); at != std::string::npos;
       at = find_word(prompt, identifier, done)) {
    const std::size_t end = at + identifier.size();
    result.append(prompt, done, end - done);
    if (!goes_on_with(std::string_view(prompt).substr(end), category)) result += " " + category;
    done = end;
  }
  return result + prompt.substr(done);
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

}  // namespace registry
