#include "registry/general_words.h"

#include <algorithm>
#include <fstream>
#include <set>

#include "executor/error.h"
#include "executor/files/temporary_folder.h"
#include "tests/plugins/registry/registry_fixture.h"

#include <catch2/catch.hpp>

namespace {

std::vector<std::string> numbered(std::size_t count) {
  std::vector<std::string> words;
  for (std::size_t i = 0; i < count; ++i) words.push_back("word" + std::to_string(i));
  return words;
}

schemas::TrainSettings job(const std::string& category, std::size_t learned) {
  schemas::TrainSettings settings;
  settings.category = category;
  for (std::size_t i = 0; i < learned; ++i)
    settings.replay.push_back({"id", "cat", "a id cat", ""});
  return settings;
}

/// A model's folder of which only general_words.txt is read.
class WordFolder {
 public:
  explicit WordFolder(const std::string& text) {
    std::ofstream(path / "general_words.txt") << text;
  }
  files::TemporaryFolder temporary;
  std::filesystem::path path = temporary.path();
};

}  // namespace

TEST_CASE("a job is given as many words as it may have, the next one those that follow") {
  const auto words = numbered(registry::kMostGeneralWords + 10);
  const auto first = registry::general_words_for(job("dog", 0), words);
  REQUIRE(first.size() == registry::kMostGeneralWords);
  CHECK(first.front() == "word0");
  const auto second = registry::general_words_for(job("dog", 1), words);
  CHECK(second.size() == registry::kMostGeneralWords);
  CHECK(second.front() == "word48");
  CHECK(second[10] == "word0");
  const auto few = registry::general_words_for(job("dog", 5), numbered(3));
  CHECK(std::set<std::string>(few.begin(), few.end()).size() == 3);  // none twice
}

TEST_CASE("what is taught, or was, is no general word, in whatever case it is written") {
  const auto words = registry::general_words_for(job("Dog", 2), {"dog", "cat", "Cat", "car"});
  CHECK(words == std::vector<std::string>{"car"});
}

TEST_CASE("strategies that do not show general words are not given any") {
  auto settings = job("dog", 0);
  settings.strategy = "general";
  CHECK(registry::general_words_for(settings, {"car"}).size() == 1);
  settings.strategy = "big";
  CHECK(registry::general_words_for(settings, {"car"}).empty());
}

TEST_CASE("general words are those of the model's folder, else common nouns") {
  const WordFolder folder("car\n\n  \npalm tree\ncar\n-no\n");
  CHECK(registry::read_general_words(folder.path) == std::vector<std::string>{"car", "palm tree"});
  const auto built_in = registry::read_general_words(folder.path / "nowhere");
  CHECK(built_in.size() == registry::kCommonNouns.size());
  CHECK(std::set<std::string>(built_in.begin(), built_in.end()).size() == built_in.size());
  const WordFolder empty("\n");
  CHECK_THROWS_AS(registry::read_general_words(empty.path), executor::Error);
}
