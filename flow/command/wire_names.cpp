#include "flow/command/wire_names.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "schemas/finetune.h"
#include "schemas/generate.h"

namespace flow::command {
namespace {

bool is_in_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// Those of two words: one alone may be anything.
bool is_field(const std::string& word) {
  return word.find('_') != word.npos && (schemas::fields_of<schemas::Finetune>().contains(word) ||
                                         schemas::fields_of<schemas::Generate>().contains(word));
}

}  // namespace

std::string with_options(const std::string& text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && is_in_word(text[end])) ++end;
    std::string word = text.substr(at, std::max<std::size_t>(end - at, 1));
    const char before = at == 0 ? ' ' : text[at - 1];
    const bool is_part = before == '/' || before == '-' || before == '.' || before == '"';
    if (!is_part && is_field(word)) {
      std::replace(word.begin(), word.end(), '_', '-');
      const bool quoted = before == '\'' && end < text.size() && text[end] == '\'';
      if (quoted) out.pop_back();
      if (quoted) ++end;
      word.insert(0, "--");
    }
    out += word;
    at = std::max(end, at + 1);
  }
  return out;
}

}  // namespace flow::command
