#include "diffusion/formats/tokenizer.h"

#include <catch2/catch.hpp>
#include <chrono>

#include "diffusion/formats/clip_text.h"
#include "diffusion/formats/diffusion_error.h"
#include "diffusion_fixtures.h"

using diffusion::Tokenizer;

namespace {

std::filesystem::path tiny_tokenizer() {
  return tiny_model() / "tokenizer";
}

std::vector<std::string> words(const std::string& text) {
  std::vector<std::string> result;
  const auto normalized = diffusion::normalize_clip_text(text);
  for (const auto word : diffusion::split_clip_words(normalized)) result.emplace_back(word);
  return result;
}

}  // namespace

TEST_CASE("a text is split as CLIP does") {
  using Words = std::vector<std::string>;
  CHECK(words("A  Dog's\tlife!!") == Words{"a", "dog", "'s", "life", "!!"});
  CHECK(words("don't they'll") == Words{"don", "'t", "they", "'ll"});
  CHECK(words("12a3") == Words{"1", "2", "a", "3"});
  CHECK(words("under_score") == Words{"under", "_", "score"});
  CHECK(words("e\u0301t\u00c9") == Words{"\u00e9t\u00e9"});
  CHECK(words("\u0130") == Words{"i", "\u0307"});
  CHECK(words("a\u00a0b\u3000c\u200bd") == Words{"a", "b", "c", "\u200b", "d"});
  CHECK(words("<|ENDOFTEXT|>") == Words{"<|", "endoftext", "|>"});
  CHECK(words(" \n ").empty());
}

TEST_CASE("a prompt becomes BOS, its tokens, EOS and padding, of the tokenizer's length") {
  const Tokenizer tokenizer(tiny_tokenizer());
  const auto ids = tokenizer.encode("a dog");
  REQUIRE(ids.size() == static_cast<std::size_t>(tokenizer.model_max_length()));
  CHECK(ids.front() == tokenizer.bos_id());
  CHECK(ids.back() == tokenizer.pad_id());
  const auto plain = tokenizer.tokens("a dog");
  CHECK(std::vector<std::int32_t>(ids.begin() + 1, ids.begin() + 1 + plain.size()) == plain);
  CHECK(ids[1 + plain.size()] == tokenizer.eos_id());
}

TEST_CASE("a text that is too long for the model loses its end and keeps EOS") {
  const Tokenizer tokenizer(tiny_tokenizer());
  const int room = tokenizer.model_max_length() - 2;
  std::string text;
  for (int i = 0; i < room; ++i) text += "1 ";
  CHECK(tokenizer.encode(text).back() == tokenizer.eos_id());
  CHECK(tokenizer.encode(text + "2") == tokenizer.encode(text));
  CHECK(tokenizer.tokens(text + "2").size() == static_cast<std::size_t>(room) + 1);
}

TEST_CASE("a text at the limit is read, one past it is refused, and both at once") {
  const Tokenizer tokenizer(tiny_tokenizer());
  const auto start = std::chrono::steady_clock::now();
  for (const std::string unit : {"a", "1", " ", "\xcc\x81", "!", "\xff", "<|endoftext|>"}) {
    std::string text;
    while (text.size() < diffusion::kMaxTextBytes) text += unit;
    text.resize(diffusion::kMaxTextBytes);
    CHECK_NOTHROW(tokenizer.encode(text));
    CHECK_THAT(error_of([&] { tokenizer.encode(text + "a"); }), Catch::Contains("at most"));
  }
  CHECK_THROWS_AS(tokenizer.encode(std::string(1 << 20, 'a')), diffusion::Error);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(20));
}

TEST_CASE("bytes that are no UTF-8 are read as the replacement character") {
  const Tokenizer tokenizer(tiny_tokenizer());
  CHECK(tokenizer.tokens("a\xff") == tokenizer.tokens("a\ufffd"));
  CHECK(tokenizer.tokens("\xc3") == tokenizer.tokens("\ufffd"));
  CHECK_NOTHROW(tokenizer.tokens(std::string("\0\xed\xa0\x80\xf8", 5)));
}

TEST_CASE("both layouts of the folder give the same ids") {
  const TemporaryFolder folder;
  const auto json = nlohmann::json::parse(read_file(tiny_tokenizer() / "tokenizer.json"));
  write_file(folder / "vocab.json", json["model"]["vocab"].dump());
  std::string merges = "#version: 0.2\n";
  for (const auto& pair : json["model"]["merges"]) {
    merges += pair[0].get<std::string>() + " " + pair[1].get<std::string>() + "\n";
  }
  write_file(folder / "merges.txt", merges);
  std::filesystem::copy_file(tiny_tokenizer() / "tokenizer_config.json",
                             folder / "tokenizer_config.json");
  const Tokenizer one(tiny_tokenizer()), other(folder.path());
  for (const char* text : {"a painting of the cat", "<|endoftext|>!", "", "漢字 and 😀"}) {
    CHECK(one.encode(text) == other.encode(text));
  }
}

TEST_CASE("the padding of special_tokens_map.json wins, and stays a word in a text") {
  const TemporaryFolder folder;
  std::filesystem::copy(tiny_tokenizer(), folder / "t");
  write_file(folder / "t" / "special_tokens_map.json", R"({"pad_token": "!"})");
  edit_json(folder / "t" / "tokenizer_config.json",
            [](nlohmann::json& json) { json.erase("added_tokens_decoder"); });
  const Tokenizer tokenizer(folder / "t");
  CHECK(tokenizer.pad_id() == 0);
  CHECK(tokenizer.tokens("a!") == Tokenizer(tiny_tokenizer()).tokens("a!"));
}

TEST_CASE("a broken tokenizer folder is refused with the cause") {
  const TemporaryFolder folder;
  const auto broken = [&](const std::function<void(const std::filesystem::path&)>& damage) {
    std::filesystem::remove_all(folder / "t");
    std::filesystem::copy(tiny_tokenizer(), folder / "t");
    damage(folder / "t");
    return error_of([&] { Tokenizer(folder / "t"); });
  };
  const auto edit = [](const char* file, auto change) {
    return [=](const std::filesystem::path& t) { edit_json(t / file, change); };
  };
  CHECK_THAT(broken([](const auto& t) { std::filesystem::remove(t / "tokenizer.json"); }),
             Catch::Contains("neither"));
  CHECK_THAT(broken([](const auto& t) { write_file(t / "tokenizer.json", "{"); }),
             Catch::Contains("JSON"));
  CHECK_THAT(broken([](const auto& t) { write_file(t / "tokenizer.json", "[]"); }),
             Catch::Contains("CLIP"));
  CHECK_THAT(broken(edit("tokenizer.json", [](auto& j) { j["model"]["vocab"]["x"] = -1; })),
             Catch::Contains("\"x\""));
  CHECK_THAT(broken(edit("tokenizer.json",
                         [](auto& j) {
                           j["model"]["merges"] = {{"a", "zz"}};
                         })),
             Catch::Contains("zz"));
  CHECK_THAT(broken(edit("tokenizer.json", [](auto& j) { j["model"]["merges"] = {7}; })),
             Catch::Contains("CLIP"));
  CHECK_THAT(
      broken(edit("tokenizer.json", [](auto& j) { j["added_tokens"][0]["id"] = 10'000'000; })),
      Catch::Contains("added_tokens"));
  CHECK_THAT(broken(edit("tokenizer_config.json", [](auto& j) { j.erase("model_max_length"); })),
             Catch::Contains("model_max_length"));
  CHECK_THAT(broken(edit("tokenizer_config.json", [](auto& j) { j["model_max_length"] = 1e30; })),
             Catch::Contains("model_max_length"));
  CHECK_THAT(broken(edit("tokenizer_config.json", [](auto& j) { j["eos_token"] = "<end>"; })),
             Catch::Contains("<end>"));
}
