#include "registry/request_checks.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "registry/prompt_words.h"
#include "registry/request_limits.h"
#include "schemas/utf8.h"

namespace registry {
namespace {

[[noreturn]] void out_of_range(const std::string& option, const std::string& value,
                               const std::string& least, const std::string& most) {
  throw executor::Error("bad_input", option + " is " + value,
                        "give " + option + " from " + least + " to " + most);
}

std::string shown(double value) {
  std::ostringstream text;
  text << value;
  return text.str();
}

}  // namespace

void require_range(const std::string& option, std::int64_t value, std::int64_t least,
                   std::int64_t most) {
  if (value >= least && value <= most) return;
  out_of_range(option, std::to_string(value), std::to_string(least), std::to_string(most));
}

void require_range(const std::string& option, double value, double least, double most) {
  if (std::isfinite(value) && value >= least && value <= most) return;
  out_of_range(option, shown(value), shown(least), shown(most));
}

void require_one_of(const std::string& option, const std::string& value,
                    const std::vector<std::string>& known) {
  if (std::find(known.begin(), known.end(), value) != known.end()) return;
  std::string list;
  for (const auto& one : known) list += (list.empty() ? "" : ", ") + one;
  throw executor::Error("bad_input", option + " is " + quoted(value), "choose one of " + list);
}

void require_prompt(const std::string& option, const std::string& prompt) {
  if (prompt.size() > kMaxPromptBytes) {
    throw executor::Error("bad_input", option + " has " + std::to_string(prompt.size()) + " bytes",
                          "the longest has " + std::to_string(kMaxPromptBytes) +
                              "; the text encoder reads about 75 words");
  }
  if (!schemas::is_utf8(prompt)) {
    throw executor::Error("bad_input", option + " is not UTF-8", "send text as UTF-8");
  }
}

void require_category(const std::string& category) {
  const std::string hint = "give a common noun such as 'dog': letters, digits, space, '_' and '-'";
  if (category.empty()) throw executor::Error("bad_input", "category is empty", hint);
  if (category.size() > kMaxCategoryBytes) {
    throw executor::Error("bad_input",
                          "category has " + std::to_string(category.size()) + " bytes, at most " +
                              std::to_string(kMaxCategoryBytes) + " are taken",
                          hint);
  }
  const bool allowed = std::all_of(category.begin(), category.end(), [](char c) {
    return is_letter_or_digit(c) || c == ' ' || c == '_' || c == '-';
  });
  if (!allowed) {
    // The text itself is not repeated: it may hold control characters.
    throw executor::Error("bad_input", "category has a character that is not allowed", hint);
  }
  if (!is_letter_or_digit(category.front()) || !is_letter_or_digit(category.back())) {
    throw executor::Error(
        "bad_input", "category '" + category + "' does not begin and end with a letter or digit",
        hint);
  }
}

}  // namespace registry
