#include "diffusion/formats/clip_text.h"

#include <utf8proc.h>

#include <array>
#include <cstdlib>
#include <memory>

#include "diffusion/formats/diffusion_error.h"

namespace diffusion {
namespace {

constexpr std::int32_t kReplacement = 0xFFFD;
constexpr std::int32_t kCapitalIWithDot = 0x130;

// Unicode's White_Space property, which `\s` stands for.
bool is_space(std::int32_t c) {
  return (c >= 9 && c <= 13) || c == ' ' || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

bool is_letter(std::int32_t c) {
  const auto category = utf8proc_category(c);
  return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO;
}

bool is_number(std::int32_t c) {
  const auto category = utf8proc_category(c);
  return category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO;
}

bool is_other(std::int32_t c) {
  return !is_space(c) && !is_letter(c) && !is_number(c);
}

struct Character {
  std::int32_t code;
  std::size_t bytes;
};

Character next_character(std::string_view text) {
  std::int32_t code = 0;
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  const auto length = utf8proc_iterate(bytes, static_cast<utf8proc_ssize_t>(text.size()), &code);
  if (length <= 0) return {kReplacement, 1};
  return {code, static_cast<std::size_t>(length)};
}

void append(std::string& text, std::int32_t code) {
  std::array<utf8proc_uint8_t, 4> bytes{};
  const auto length = utf8proc_encode_char(code, bytes.data());
  text.append(reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(length));
}

std::string replace_invalid(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const auto [code, bytes] = next_character(text);
    append(result, code);
    text.remove_prefix(bytes);
  }
  return result;
}

std::string compose(const std::string& text) {
  utf8proc_uint8_t* composed = nullptr;
  const auto length =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                   static_cast<utf8proc_ssize_t>(text.size()), &composed,
                   static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(composed, &std::free);
  if (length < 0) throw Error(std::string("the text cannot be read: ") + utf8proc_errmsg(length));
  return {reinterpret_cast<const char*>(composed), static_cast<std::size_t>(length)};
}

std::size_t run(std::string_view text, bool (*belongs)(std::int32_t)) {
  std::size_t length = 0;
  while (length < text.size()) {
    const auto [code, bytes] = next_character(text.substr(length));
    if (!belongs(code)) break;
    length += bytes;
  }
  return length;
}

std::size_t contraction(std::string_view text) {
  for (const std::string_view ending : {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"}) {
    if (text.substr(0, ending.size()) == ending) return ending.size();
  }
  return 0;
}

// Only from text in capitals: written in lower case the two are read as tokens before this.
bool take_special_word(std::string_view& text, std::vector<std::string_view>& words) {
  for (const std::string_view special : {"<|startoftext|>", "<|endoftext|>"}) {
    if (text.substr(0, special.size()) != special) continue;
    words.push_back(text.substr(0, 2));
    words.push_back(text.substr(2, special.size() - 4));
    words.push_back(text.substr(special.size() - 2, 2));
    text.remove_prefix(special.size());
    return true;
  }
  return false;
}

}  // namespace

std::string normalize_clip_text(std::string_view text) {
  const std::string composed = compose(replace_invalid(text));
  std::string result;
  result.reserve(composed.size());
  bool in_space = false;
  for (std::string_view rest = composed; !rest.empty();) {
    const auto [code, bytes] = next_character(rest);
    rest.remove_prefix(bytes);
    const bool space = is_space(code);
    if (space && !in_space) result += ' ';
    in_space = space;
    if (space) continue;
    if (code == kCapitalIWithDot) {
      result += "i\u0307";  // the one character whose lower case has two
    } else {
      append(result, utf8proc_tolower(code));
    }
  }
  return result;
}

std::vector<std::string_view> split_clip_words(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    if (take_special_word(text, words)) continue;
    const auto [code, bytes] = next_character(text);
    if (is_space(code)) {
      text.remove_prefix(bytes);
      continue;
    }
    std::size_t length = contraction(text);
    if (length == 0 && is_letter(code)) length = run(text, is_letter);
    if (length == 0 && is_number(code)) length = bytes;
    if (length == 0) length = run(text, is_other);
    words.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return words;
}

}  // namespace diffusion
