#include <catch2/catch.hpp>
#include <set>

#include "registry/rare_words.h"
#include "schemas/request_limits.h"
#include "tests/plugins/registry/registry_fixture.h"

using executor::Outcome;
using tests::code_of;
using tests::Office;
using tests::text_of;

namespace {

schemas::Finetune asking(const std::string& identifier) {
  auto request = Office::request();
  request.identifier = identifier;
  return request;
}

}  // namespace

TEST_CASE("64 bookings get 64 identifiers") {
  Office office;
  std::set<std::string> identifiers, versions;
  for (int job = 0; job < 64; ++job) {
    const auto settings = office.plan(Office::request(), "job" + std::to_string(job));
    identifiers.insert(settings.identifier);
    versions.insert(settings.version);
  }
  CHECK(identifiers.size() == 64);
  CHECK(versions.size() == 64);
}

TEST_CASE("the built-in words are distinct and are no caption words") {
  std::set<std::string_view> words(registry::kRareWords.begin(), registry::kRareWords.end());
  CHECK(words.size() == registry::kRareWords.size());
  CHECK_FALSE(words.contains(""));
  for (const auto word : registry::kCaptionWords) CHECK_FALSE(words.contains(word));
}

TEST_CASE("identifiers.txt of the model is tried in order, but for what breaks the rules") {
  Office office;
  office.write_model_file("identifiers.txt", "pug\nzzzzz\nUPPER\n../x\nqqx\nqqx\nqqy\n");
  office.reopen();
  CHECK(office.plan(Office::request(), "one").identifier == "qqx");
  CHECK(office.plan(Office::request(), "two").identifier == "qqy");
  CHECK(code_of([&] { office.plan(Office::request(), "three"); }) == "unavailable");
  CHECK(text_of([&] { office.plan(Office::request(), "three"); }).find("is left") !=
        std::string::npos);
  CHECK(office.plan(Office::request(), "other", "bob").identifier == "qqx");
  CHECK(office.plan(asking("qqz"), "by name").identifier == "qqz");
}

TEST_CASE("an identifier that is asked for has to keep the rules") {
  Office office;
  const auto refused = [&](const std::string& word) {
    return code_of([&] { office.plan(asking(word), "job " + word); }) == "bad_input";
  };
  CHECK_FALSE(refused("xy"));
  CHECK_FALSE(refused("wxyz"));  // two tokens
  CHECK(refused("vwxyz"));       // three
  CHECK(refused("dog"));         // the category
  CHECK(refused("pug"));         // in the captions
  CHECK(refused("service"));
  CHECK(refused("painting"));
  CHECK(refused("x"));
  CHECK(refused(std::string(schemas::kMaxIdentifierBytes + 1, 'x')));
  for (const char* word : {"", "SKS", "a b", "../x", "sk\xc3\xa9", "a-b", "sks\n"}) {
    CHECK(refused(word));
  }
  auto request = asking("abc");
  request.category = "abc toy";
  CHECK(code_of([&] { office.plan(request, "own category"); }) == "bad_input");
}

TEST_CASE("the longest identifier is taken when the model has it in two tokens") {
  Office office;
  const std::string half(8, 'x');
  const auto word = half + half;
  const auto rules = registry::IdentifierRules(office.model());
  REQUIRE(word.size() == schemas::kMaxIdentifierBytes);
  CHECK(rules.objection(word, "dog")->find("tokens") != std::string::npos);
  CHECK(rules.objection(word + "x", "dog")->find("letters") != std::string::npos);
}

TEST_CASE("an identifier is taken once per owner, while it trains and after") {
  Office office;
  office.plan(asking("sks"), "one");
  CHECK(code_of([&] { office.plan(asking("sks"), "two"); }) == "exists");
  CHECK_NOTHROW(office.plan(asking("sks"), "theirs", "bob"));
  office.teach(asking("brc"), "three");
  CHECK(code_of([&] { office.plan(asking("brc"), "four"); }) == "exists");
}

TEST_CASE("a job that ends without its version gives its identifier back") {
  Office office;
  for (const auto outcome : {Outcome::failed, Outcome::cancelled, Outcome::done}) {
    const auto settings = office.plan(asking("sks"), "one");
    office.stage(settings.version);
    office.registry().ended("one", outcome);
    office.registry().ended("one", outcome);  // told twice
    CHECK_FALSE(exists(office.home() / "store" / "staging" / settings.version));
  }
  CHECK_NOTHROW(office.plan(asking("sks"), "two"));
}

TEST_CASE("a published identifier is kept, whatever is said of its job's end") {
  Office office;
  office.teach(asking("brc"), "three");
  office.registry().ended("three", Outcome::failed);
  CHECK(office.list().size() == 1);
}

TEST_CASE("a redelivered request gets the same booking") {
  Office office;
  const auto first = office.plan(Office::request(), "one");
  const auto again = office.plan(Office::request(), "one");
  CHECK(schemas::pack(first) == schemas::pack(again));
  CHECK(office.outbox.sent.front().blobs.size() == 5);
}

TEST_CASE("bookings of a former process are free again") {
  Office office;
  office.plan(asking("sks"), "one");
  office.reopen();
  CHECK_NOTHROW(office.plan(asking("sks"), "two"));
}
