#include "diffusion/formats/tokenizer.h"

#include <algorithm>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

#include "diffusion/formats/byte_pair.h"
#include "diffusion/formats/clip_text.h"
#include "diffusion/formats/diffusion_error.h"
#include "executor/files/json_file.h"
#include "executor/files/json_text.h"
#include "executor/files/read_file.h"

namespace diffusion {
namespace {

constexpr int kMaxModelLength = 4096;
constexpr int kMaxVocabulary = 10'000'000;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";  // of editors on Windows

struct SpecialToken {
  std::string content;
  std::int32_t id;
};

// Read as one token wherever they stand: `raw` in the text as it came, `normalized` after
// normalize_clip_text().
struct SpecialTokens {
  std::vector<SpecialToken> raw, normalized;

  void add(const std::string& content, std::int32_t id, bool normalize) {
    auto& list = normalize ? normalized : raw;
    const auto text = normalize ? normalize_clip_text(content) : content;
    const auto same = [&](const SpecialToken& token) { return token.content == text; };
    if (text.empty() || std::any_of(list.begin(), list.end(), same)) return;
    list.push_back({text, id});
  }
};

struct Symbols {
  Vocabulary vocabulary;
  Merges merges;
  SpecialTokens special;
};

bool is_id(const nlohmann::json& id) {
  return id.is_number_unsigned() && id.get<std::uint64_t>() < kMaxVocabulary;
}

Vocabulary vocabulary_from(const nlohmann::json& json, const std::filesystem::path& file) {
  if (!json.is_object() || json.empty()) throw Error(file.string() + ": has no vocabulary");
  Vocabulary vocabulary;
  for (const auto& [token, id] : json.items()) {
    if (!is_id(id)) {
      throw Error(file.string() + ": the id of \"" + token + "\" is " + id.dump());
    }
    vocabulary.emplace(token, id.get<std::int32_t>());
  }
  return vocabulary;
}

std::pair<std::string, std::string> merge_from(const std::string& line,
                                               const std::filesystem::path& file) {
  const auto space = line.find(' ');
  if (space == std::string::npos || space == 0 || space + 1 == line.size()) {
    throw Error(file.string() + ": \"" + line + "\" is not a merge of two symbols");
  }
  return {line.substr(0, space), line.substr(space + 1)};
}

Symbols symbols_from_vocabulary(const std::filesystem::path& folder) {
  Symbols symbols;
  symbols.vocabulary =
      vocabulary_from(files::read_json_file(folder / "vocab.json"), folder / "vocab.json");
  const auto file = folder / "merges.txt";
  std::string text = files::read_file(file);
  if (text.starts_with(kByteOrderMark)) text.erase(0, kByteOrderMark.size());
  std::istringstream stream(std::move(text));
  std::string line;
  for (bool first = true; std::getline(stream, line); first = false) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty() || (first && line.rfind("#version", 0) == 0)) continue;
    symbols.merges.push_back(merge_from(line, file));
  }
  return symbols;
}

void add_token(const nlohmann::json& token, Symbols& symbols, const std::filesystem::path& file) {
  if (!token.is_object() || !token.contains("content") || !token["content"].is_string() ||
      !token.contains("id") || !is_id(token["id"])) {
    throw Error(file.string() + ": an entry of added_tokens has no content and id");
  }
  if (token.value("single_word", false)) {
    throw Error(file.string() + ": added tokens with single_word are not supported");
  }
  const auto content = token["content"].get<std::string>();
  const auto id = token["id"].get<std::int32_t>();
  symbols.vocabulary.insert_or_assign(content, id);
  symbols.special.add(content, id, token.value("normalized", false));
}

Symbols symbols_from_tokenizer_json(const std::filesystem::path& file) {
  const auto json = files::read_json_file(file);
  const auto model = json.value("model", nlohmann::json());
  if (!model.is_object() || model.value("type", "BPE") != "BPE" ||
      model.value("end_of_word_suffix", "") != "</w>" || !model.contains("vocab")) {
    throw Error(file.string() + ": is not a CLIP tokenizer (BPE with the suffix </w>)");
  }
  Symbols symbols;
  symbols.vocabulary = vocabulary_from(model["vocab"], file);
  for (const auto& merge : model.value("merges", nlohmann::json::array())) {
    if (merge.is_string()) {
      symbols.merges.push_back(merge_from(merge.get<std::string>(), file));
    } else {
      const auto pair = merge.get<std::vector<std::string>>();
      if (pair.size() != 2) throw Error(file.string() + ": a merge is not of two symbols");
      symbols.merges.emplace_back(pair[0], pair[1]);
    }
  }
  for (const auto& token : json.value("added_tokens", nlohmann::json::array())) {
    add_token(token, symbols, file);
  }
  return symbols;
}

Symbols read_symbols(const std::filesystem::path& folder) {
  if (std::filesystem::exists(folder / "vocab.json")) return symbols_from_vocabulary(folder);
  if (std::filesystem::exists(folder / "tokenizer.json")) {
    return symbols_from_tokenizer_json(folder / "tokenizer.json");
  }
  throw Error(folder.string() + ": has neither vocab.json nor tokenizer.json");
}

// A special token is written as a text or as an object with "content".
struct NamedToken {
  std::string content;
  bool normalized = false;
};

NamedToken named_token(const nlohmann::json& settings, const char* role, const char* fallback) {
  const auto at = settings.find(role);
  if (at == settings.end() || at->is_null()) return {fallback};
  if (at->is_string()) return {at->get<std::string>()};
  if (at->is_object()) return {at->value("content", fallback), at->value("normalized", false)};
  throw Error(std::string("tokenizer_config.json: ") + role + " is neither text nor object");
}

// transformers lets special_tokens_map.json win over tokenizer_config.json in folders from before
// added_tokens_decoder; Stable Diffusion 2 has its padding "!" there alone.
nlohmann::json read_settings(const std::filesystem::path& folder) {
  nlohmann::json settings = files::ConfigFile(folder / "tokenizer_config.json").json();
  const auto map = folder / "special_tokens_map.json";
  if (!settings.contains("added_tokens_decoder") && std::filesystem::exists(map)) {
    settings.update(files::ConfigFile(map).json());
  }
  return settings;
}

int read_length(const std::filesystem::path& folder) {
  return files::ConfigFile(folder / "tokenizer_config.json")
      .integer("model_max_length", 3, kMaxModelLength);
}

const SpecialToken* find_first(std::string_view text, const std::vector<SpecialToken>& tokens,
                               std::size_t& position) {
  const SpecialToken* best = nullptr;
  position = std::string_view::npos;
  for (const auto& token : tokens) {
    const auto at = text.find(token.content);
    const bool longer = best && at == position && token.content.size() > best->content.size();
    if (at == std::string_view::npos || (best && at > position) || (at == position && !longer)) {
      continue;
    }
    best = &token;
    position = at;
  }
  return best;
}

// Calls `plain` for what lies between the special tokens, and appends their ids.
template <typename Plain>
void split_at(std::string_view text, const std::vector<SpecialToken>& tokens,
              std::vector<std::int32_t>& ids, Plain plain) {
  std::size_t position = 0;
  while (const auto* token = find_first(text, tokens, position)) {
    plain(text.substr(0, position));
    ids.push_back(token->id);
    text.remove_prefix(position + token->content.size());
  }
  plain(text);
}

}  // namespace

struct Tokenizer::Rules {
  explicit Rules(const std::filesystem::path& folder)
      : Rules(folder, read_symbols(folder), read_settings(folder)) {}

  Rules(const std::filesystem::path& folder, Symbols symbols, const nlohmann::json& settings)
      : length(read_length(folder)),
        bos(id_of(symbols, named_token(settings, "bos_token", "<|startoftext|>"), true)),
        eos(id_of(symbols, named_token(settings, "eos_token", "<|endoftext|>"), true)),
        unknown(id_of(symbols, named_token(settings, "unk_token", "<|endoftext|>"), true)),
        pad(id_of(symbols, named_token(settings, "pad_token", "<|endoftext|>"), false)),
        pairs(symbols.vocabulary, symbols.merges, unknown),
        special(std::move(symbols.special)) {
    for (const auto& [token, id] : symbols.vocabulary) size = std::max(size, id + 1);
  }

  static std::int32_t id_of(Symbols& symbols, const NamedToken& token, bool is_special) {
    const auto at = symbols.vocabulary.find(token.content);
    if (at == symbols.vocabulary.end()) {
      throw Error("the special token \"" + token.content + "\" is not in the vocabulary");
    }
    if (is_special) symbols.special.add(token.content, at->second, token.normalized);
    return at->second;
  }

  int length;
  std::int32_t bos, eos, unknown, pad;
  std::int32_t size = 0;
  BytePair pairs;
  SpecialTokens special;
};

namespace {

template <typename Rules>
std::unique_ptr<const Rules> read_rules(const std::filesystem::path& folder) {
  try {
    return std::make_unique<const Rules>(folder);
  } catch (const nlohmann::json::exception& e) {
    throw Error(folder.string() + ": is not a CLIP tokenizer: " + files::wrong_type(e));
  }
}

}  // namespace

Tokenizer::Tokenizer(const std::filesystem::path& folder) : rules_(read_rules<Rules>(folder)) {}
Tokenizer::~Tokenizer() = default;
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;

std::vector<std::int32_t> Tokenizer::tokens(std::string_view text) const {
  if (text.size() > kMaxTextBytes) {
    throw Error("the text has " + std::to_string(text.size()) + " bytes; at most " +
                std::to_string(kMaxTextBytes) + " are read");
  }
  std::vector<std::int32_t> ids;
  split_at(text, rules_->special.raw, ids, [&](std::string_view part) {
    const std::string normalized = normalize_clip_text(part);
    split_at(normalized, rules_->special.normalized, ids, [&](std::string_view plain) {
      for (const auto word : split_clip_words(plain)) rules_->pairs.append(word, ids);
    });
  });
  return ids;
}

std::vector<std::int32_t> Tokenizer::encode(std::string_view text) const {
  auto ids = tokens(text);
  const auto length = static_cast<std::size_t>(rules_->length);
  ids.resize(std::min(ids.size(), length - 2));
  ids.insert(ids.begin(), rules_->bos);
  ids.push_back(rules_->eos);
  ids.resize(length, rules_->pad);
  return ids;
}

int Tokenizer::model_max_length() const {
  return rules_->length;
}
std::int32_t Tokenizer::bos_id() const {
  return rules_->bos;
}
std::int32_t Tokenizer::eos_id() const {
  return rules_->eos;
}
std::int32_t Tokenizer::pad_id() const {
  return rules_->pad;
}
std::int32_t Tokenizer::vocabulary_size() const {
  return rules_->size;
}

}  // namespace diffusion
