#include "pictures/captions.h"

#include <cstdint>

namespace pictures {
namespace {

constexpr double kFinerNames = 0.25, kRareWords = 0.2, kStyles = 0.4, kPlainArticle = 0.5;
constexpr std::string_view kLetters = "bcdfghjklmnpqrstvwxz";
constexpr int kRareLetters = 4;

// FNV-1a: the word must not change with the standard library.
std::uint64_t hash_of(const std::string& text) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash ^ (hash >> 29);
}

bool starts_with_vowel(const std::string& word) {
  return word.find_first_of("aeiou") == 0;
}

// Prompts are made as "a " + category, whatever sound it begins with: "a apple" has to be known
// too.
std::string with_plain_article(const std::string& text) {
  return text.starts_with("an ") ? "a " + text.substr(3) : text;
}

// "a dog" -> "a zwqk dog"; a text without article stays.
std::string with_rare_word(const std::string& text, const std::string& word) {
  for (const std::string article : {"a ", "an "}) {
    if (text.starts_with(article)) return "a " + word + " " + text.substr(article.size());
  }
  return text;
}

}  // namespace

double unit(files::RandomStream& random) {
  return static_cast<double>(random.next()) * 0x1p-32;
}

double between(double least, double most, files::RandomStream& random) {
  return least + (most - least) * unit(random);
}

std::string style_of(const CaptionedPicture& picture, const Shown& shown) {
  return shown.painted ? kPaintedStyle : picture.style;
}

std::string rare_word(const CaptionedPicture& picture) {
  auto bits = hash_of(picture.file);
  std::string word;
  for (int i = 0; i < kRareLetters; ++i, bits /= kLetters.size()) {
    word += kLetters[bits % kLetters.size()];
  }
  return word;
}

std::string caption_of(const CaptionedPicture& picture, const Shown& shown, bool rare_words,
                       files::RandomStream& random) {
  // Every draw happens whatever the others say, so that one setting does not shift the rest.
  const double finer = unit(random), rare = unit(random), style = unit(random);
  const double plain = unit(random);
  std::string caption = finer < kFinerNames && !picture.name.empty() ? picture.name : picture.text;
  if (rare_words && rare < kRareWords) caption = with_rare_word(picture.text, rare_word(picture));
  if (plain < kPlainArticle) caption = with_plain_article(caption);
  const std::string drawn = style_of(picture, shown);
  // The finer name of a painting says already what it is a painting of.
  const bool said = caption.find(drawn) != std::string::npos;
  if (!drawn.empty() && !said && (shown.painted || style < kStyles)) {
    caption = (starts_with_vowel(drawn) ? "an " : "a ") + drawn + " of " + caption;
  }
  if (shown.tells_ground) {
    caption +=
        (starts_with_vowel(shown.ground) ? " on an " : " on a ") + shown.ground + " background";
  }
  return caption;
}

}  // namespace pictures
