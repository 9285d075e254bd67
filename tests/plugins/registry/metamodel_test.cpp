#include <catch2/catch.hpp>
#include <set>

#include "schemas/models.h"
#include "tests/plugins/registry/registry_fixture.h"

using tests::code_of;
using tests::Office;
using tests::text_of;

namespace fs = std::filesystem;

namespace {

schemas::Finetune of(const std::string& target, const std::string& category = "dog",
                     const std::optional<std::string>& identifier = {}) {
  auto request = Office::request();
  request.target_model = target;
  request.category = category;
  request.identifier = identifier;
  return request;
}

std::vector<schemas::ModelVersion> models(Office& office, const std::string& target,
                                          const std::string& owner = "ann") {
  return office.ask<schemas::ModelList>(schemas::Models{target}, owner).versions;
}

bool has_replay(const Office& office, const std::string& version) {
  return exists(office.home() / "store" / "replay" / version / "posterior.safetensors");
}

bool has_folder(const Office& office, const std::string& version) {
  return exists(office.home() / "store" / "versions" / version);
}

schemas::Generate drawing(const std::string& prompt, const std::string& target) {
  auto request = Office::drawing(prompt);
  request.target_model = target;
  return request;
}

}  // namespace

TEST_CASE("each job of a metamodel goes on from the version before it, and replays what it knows") {
  Office office;
  const auto first = office.plan(of("meta"), "one", "ann");
  CHECK(first.base == "pretrained");
  CHECK(first.replay.empty());
  office.registry().ended("one", executor::Outcome::failed);
  const auto dog = office.teach(of("meta"), "one", "ann");
  const auto cat = office.teach(of("meta", "cat"), "two", "bob");
  const auto third = office.plan(of("meta"), "three", "ann");
  CHECK(third.base == cat.version);
  REQUIRE(third.replay.size() == 2);
  CHECK(third.replay[0].version == dog.version);
  CHECK(third.replay[0].prompt == "a " + dog.identifier + " dog");
  CHECK(third.replay[1].category == "cat");
  CHECK(has_replay(office, dog.version));
  CHECK(has_replay(office, cat.version));
}

TEST_CASE("private_meta is each owner's own, private begins from the start each time") {
  Office office;
  const auto anns = office.teach(of("private_meta"), "one", "ann");
  CHECK(office.plan(of("private_meta"), "two", "ann").base == anns.version);
  CHECK(office.plan(of("private_meta"), "three", "bob").base == "pretrained");
  CHECK(office.plan(of("private"), "four", "ann").base == "pretrained");
  CHECK(office.plan(of("meta"), "five", "ann").base == "pretrained");
  CHECK(models(office, "private_meta", "bob").empty());
}

TEST_CASE("two owners never share an identifier on meta, and may elsewhere") {
  Office office;
  std::set<std::string> words;
  for (const char* owner : {"ann", "bob", "eve"}) {
    words.insert(office.plan(of("meta"), std::string("job of ") + owner, owner).identifier);
  }
  CHECK(words.size() == 3);
  office.teach(of("meta", "dog", "qqx"), "one", "ann");
  CHECK(code_of([&] { office.plan(of("meta", "dog", "qqx"), "two", "bob"); }) == "exists");
  CHECK_NOTHROW(office.plan(of("private", "dog", "qqx"), "three", "bob"));
  CHECK_NOTHROW(office.plan(of("private", "dog", "qqx"), "four", "ann"));  // the two-step use
  CHECK(code_of([&] { office.plan(of("private", "dog", "qqx"), "five", "ann"); }) == "exists");
}

TEST_CASE("the current version of a metamodel draws all that it has learned, for everybody") {
  Office office;
  const auto dog = office.teach(of("meta"), "one", "ann");
  const auto cat = office.teach(of("meta", "cat"), "two", "bob");
  for (const char* owner : {"ann", "bob", "eve"}) {
    const auto settings = office.draw(Office::drawing("a " + dog.identifier), owner);
    CHECK(settings.version == cat.version);
    CHECK(settings.target_model == "meta");
    CHECK(settings.prompt == "a " + dog.identifier + " dog");
    CHECK(office.list(owner).size() == 2);
  }
  CHECK(office.list("eve")[0].owner == "ann");
  CHECK(office.list("eve")[0].version == cat.version);
  const auto both =
      office.draw(Office::drawing("a " + dog.identifier + " dog with a " + cat.identifier), "eve");
  CHECK(both.version == cat.version);
  CHECK(both.prompt.ends_with(cat.identifier + " cat"));
}

TEST_CASE("what is learned privately, or still trains, is nobody else's") {
  Office office;
  const auto own = office.teach(of("private_meta"), "one", "ann");
  CHECK(office.draw(Office::drawing("a " + own.identifier), "bob").version == "pretrained");
  CHECK(office.draw(Office::drawing("a " + own.identifier), "ann").version == own.version);
  const auto later = office.plan(of("meta", "dog", "qqx"), "two", "ann");
  CHECK(code_of([&] { office.draw(Office::drawing("a qqx dog"), "ann"); }) == "unavailable");
  CHECK(office.draw(Office::drawing("a qqx dog"), "bob").version == "pretrained");
  CHECK(office.list("bob").empty());
}

TEST_CASE("an identifier on several models is drawn by the owner's private one, or as asked") {
  Office office;
  const auto shared = office.teach(of("meta", "dog", "qqx"), "one", "ann");
  const auto own = office.teach(of("private", "dog", "qqx"), "two", "ann");
  CHECK(office.draw(Office::drawing("a qqx dog")).version == own.version);
  CHECK(office.draw(drawing("a qqx dog", "meta")).version == shared.version);
}

TEST_CASE("a metamodel that has learned nothing is the pretrained model") {
  Office office;
  CHECK(office.draw(drawing("a dog", "meta")).version == "pretrained");
  CHECK(office.draw(drawing("a dog", "private_meta")).version == "pretrained");
  office.teach(of("meta"), "one");
  CHECK(office.draw(drawing("a dog", "meta")).version == models(office, "meta")[0].version);
}

TEST_CASE("the folders of the last two versions are kept, and every memory") {
  Office office;
  std::vector<schemas::Finetuned> taught;
  for (const char* job : {"one", "two", "three", "four"}) {
    taught.push_back(office.teach(of("meta"), job));
  }
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(has_folder(office, taught[i].version) == (i >= 2));
    CHECK(has_replay(office, taught[i].version));
  }
  const auto listed = models(office, "meta");
  REQUIRE(listed.size() == 4);
  CHECK(listed[0].model.empty());
  CHECK(listed[3].model == taught[3].model);
  CHECK(listed[3].current);
  CHECK_FALSE(listed[2].current);
  CHECK(listed[3].base == taught[2].version);
  office.reopen();
  CHECK(has_folder(office, taught[2].version));
  CHECK(has_replay(office, taught[0].version));
}

TEST_CASE("a rollback takes back the last version with what it learned, and no more") {
  Office office;
  const auto dog = office.teach(of("meta"), "one");
  const auto cat = office.teach(of("meta", "cat"), "two");
  const auto left = office.ask<schemas::ModelList>(schemas::Rollback{"meta"}, "ann").versions;
  REQUIRE(left.size() == 1);
  CHECK(left[0].version == dog.version);
  CHECK(left[0].current);
  CHECK_FALSE(has_folder(office, cat.version));
  CHECK_FALSE(has_replay(office, cat.version));
  CHECK(office.list().size() == 1);
  CHECK_NOTHROW(office.plan(of("meta", "cat", cat.identifier), "three"));
  CHECK(code_of([&] { office.ask<schemas::ModelList>(schemas::Rollback{"meta"}); }) ==
        "unavailable");  // a job trains
  office.registry().ended("three", executor::Outcome::failed);
  CHECK(office.ask<schemas::ModelList>(schemas::Rollback{"meta"}).versions.empty());
  CHECK(code_of([&] { office.ask<schemas::ModelList>(schemas::Rollback{"meta"}); }) == "not_found");
  CHECK(code_of([&] { office.ask<schemas::ModelList>(schemas::Rollback{"private"}); }) ==
        "bad_input");
}

TEST_CASE("a rollback to a version that is kept no longer is refused") {
  Office office;
  for (const char* job : {"one", "two", "three"}) office.teach(of("meta"), job);
  office.ask<schemas::ModelList>(schemas::Rollback{"meta"});
  CHECK(code_of([&] { office.ask<schemas::ModelList>(schemas::Rollback{"meta"}); }) ==
        "unavailable");
  CHECK(models(office, "meta").size() == 2);
}

TEST_CASE("a version that was not trained on from the current one is not published") {
  Office office;
  const auto one = office.plan(of("meta"), "one");
  const auto two = office.plan(of("meta"), "two");
  for (const auto& settings : {one, two}) office.stage(settings.version);
  office.publish(office.trained(one, "one"));
  CHECK(code_of([&] { office.publish(office.trained(two, "two")); }) == "unavailable");
  CHECK(models(office, "meta").size() == 1);
}

TEST_CASE("a thing that is removed leaves the memory and the lists; who has seen it is named") {
  Office office;
  const auto dog = office.teach(of("meta"), "one");
  const auto cat = office.teach(of("meta", "cat"), "two");
  const auto gone = office.ask<schemas::Forgotten>(schemas::Forget{dog.identifier, ""});
  CHECK(gone.category == "dog");
  CHECK(gone.target_model == "meta");
  CHECK(gone.seen_by == std::vector<std::string>{dog.version, cat.version});
  CHECK_FALSE(has_replay(office, dog.version));
  CHECK(has_folder(office, cat.version));
  CHECK(office.list().size() == 1);
  const auto next = office.plan(of("meta"), "three");
  CHECK(next.base == cat.version);
  REQUIRE(next.replay.size() == 1);
  CHECK(next.replay[0].category == "cat");
}

TEST_CASE("the word of a removed thing is not given to another while the model still draws it") {
  Office office;
  const auto dog = office.teach(of("meta"), "one");
  office.ask<schemas::Forgotten>(schemas::Forget{dog.identifier, "meta"});
  CHECK(office.plan(of("meta", "cat"), "two", "bob").identifier != dog.identifier);
  office.registry().ended("two", executor::Outcome::failed);
  CHECK(office.plan(of("meta", "dog", dog.identifier), "three").identifier == dog.identifier);
  office.registry().ended("three", executor::Outcome::failed);
  CHECK(office.plan(of("private_meta", "cat"), "four", "bob").identifier == dog.identifier);
  office.registry().ended("four", executor::Outcome::failed);
  office.ask<schemas::ModelList>(schemas::ResetModel{"meta", ""});
  CHECK(office.plan(of("meta", "cat"), "five", "bob").identifier == dog.identifier);
}

TEST_CASE("whoever is no administrator takes back what is their own, and never meta") {
  Office office;
  office.teach(of("private_meta"), "one", "bob");
  const auto own = office.teach(of("private_meta"), "two", "ann");
  const auto shared = office.teach(of("meta"), "three", "ann");
  CHECK(office.ask<schemas::ModelList>(schemas::RollbackOwn{}, "ann").versions.empty());
  CHECK_FALSE(has_folder(office, own.version));
  CHECK(models(office, "private_meta", "bob").size() == 1);
  office.teach(of("private_meta"), "four", "ann");
  office.ask<schemas::ModelList>(schemas::ResetOwn{"private_meta", ""}, "ann");
  CHECK(models(office, "private_meta", "ann").empty());
  CHECK(models(office, "private_meta", "bob").size() == 1);
  CHECK(code_of([&] { office.ask<schemas::ModelList>(schemas::RollbackOwn{"meta"}); }) ==
        "forbidden");
  CHECK(code_of([&] {
          office.ask<schemas::ModelList>(schemas::ResetOwn{"meta", ""});
        }) == "forbidden");
  CHECK(has_folder(office, shared.version));
}

TEST_CASE("a reset that names no target is of a private model, as the prototype's was") {
  Office office;
  const auto own = office.teach(of("private"), "one");
  office.ask<schemas::ModelList>(schemas::ResetModel{.identifier = own.identifier});
  CHECK(office.list().empty());
}

TEST_CASE("a private thing that is removed takes its model with it") {
  Office office;
  const auto own = office.teach(of("private"), "one");
  CHECK(code_of([&] {
          office.ask<schemas::Forgotten>(schemas::Forget{own.identifier, ""}, "bob");
        }) == "not_found");
  CHECK(office.ask<schemas::Forgotten>(schemas::Forget{own.identifier, ""}).seen_by.empty());
  CHECK_FALSE(has_folder(office, own.version));
  CHECK(office.list().empty());
  CHECK(office.plan(of("private", "dog", own.identifier), "two").base == "pretrained");
}

TEST_CASE("nobody removes what others have taught meta, and what is ambiguous is asked back") {
  Office office;
  const auto dog = office.teach(of("meta", "dog", "qqx"), "one", "ann");
  CHECK(code_of([&] {
          office.ask<schemas::Forgotten>(schemas::Forget{"qqx", "meta"}, "bob");
        }) == "not_found");
  office.teach(of("private", "dog", "qqx"), "two", "ann");
  CHECK(code_of([&] {
          office.ask<schemas::Forgotten>(schemas::Forget{"qqx", ""}, "ann");
        }) == "bad_input");
  CHECK(office.ask<schemas::Forgotten>(schemas::Forget{"qqx", "private"}, "ann").target_model ==
        "private");
}

TEST_CASE("a reset metamodel is the pretrained model again, also one that was never trained") {
  Office office;
  CHECK(office.ask<schemas::ModelList>(schemas::ResetModel{"meta", ""}).versions.empty());
  const auto dog = office.teach(of("meta"), "one");
  const auto own = office.teach(of("private"), "two");
  office.teach(of("private_meta"), "three");
  CHECK(office.ask<schemas::ModelList>(schemas::ResetModel{"meta", ""}).versions.size() == 1);
  CHECK_FALSE(has_folder(office, dog.version));
  CHECK_FALSE(has_replay(office, dog.version));
  CHECK(office.list("ann", "meta").empty());
  CHECK(office.plan(of("meta"), "four").base == "pretrained");
  office.ask<schemas::ModelList>(schemas::ResetModel{"private", own.identifier});
  CHECK_FALSE(has_folder(office, own.version));
  CHECK(office.list().size() == 1);
  CHECK(code_of([&] {
          office.ask<schemas::ModelList>(schemas::ResetModel{"private", own.identifier});
        }) == "not_found");
  CHECK(code_of([&] {
          office.ask<schemas::ModelList>(schemas::ResetModel{"pretrained", ""});
        }) == "bad_input");
}

TEST_CASE("the prototype's list has identifier and category by target") {
  Office office;
  using List = schemas::IdentifiersNCategories;
  const auto none = office.ask<List>(schemas::ListIdentifiersNCategories{});
  CHECK(none.private_.empty());
  CHECK_FALSE(none.meta);
  office.teach(of("private", "dog", "qqx"), "one", "ann");
  office.teach(of("private_meta", "cat", "qqy"), "two", "ann");
  office.teach(of("meta", "cat", "qqz"), "three", "bob");
  const auto all = office.ask<List>(schemas::ListIdentifiersNCategories{});
  CHECK(all.private_ == std::map<std::string, std::string>{{"qqx", "dog"}});
  CHECK(all.private_meta == std::map<std::string, std::string>{{"qqy", "cat"}});
  CHECK(*all.meta == std::map<std::string, std::string>{{"qqz", "cat"}});
}

TEST_CASE("the admin's words come before those of the base model, until they are taken back") {
  Office office;
  using Words = schemas::RareIdentifiers;
  const auto own = office.ask<Words>(Words{{"qqx", "qqy"}}).rare_identifiers;
  CHECK(own == std::vector<std::string>{"qqx", "qqy"});
  CHECK(office.plan(of("private"), "one").identifier == "qqx");
  office.reopen({"one"});
  CHECK(office.plan(of("meta"), "two").identifier == "qqy");
  CHECK(code_of([&] { office.plan(of("private"), "three"); }) == "unavailable");
  CHECK(text_of([&] {
          office.ask<Words>(Words{{"zzx", "pug"}});
        }).find("'pug'") != std::string::npos);
  CHECK(code_of([&] { office.plan(of("private"), "four"); }) == "unavailable");
  CHECK(office.ask<Words>(Words{}).rare_identifiers.size() > 2);
  CHECK_NOTHROW(office.plan(of("private"), "five"));
}

TEST_CASE("suggested are words that nobody has on meta and the owner has nowhere") {
  Office office;
  using Words = schemas::RareIdentifiers;
  office.ask<Words>(Words{{"qqx", "qqy", "qqz", "qqw"}});
  office.teach(of("private"), "one", "ann");  // qqx
  office.teach(of("meta", "cat", "qqz"), "two", "bob");
  const auto words = office.ask<Words>(schemas::Suggest{"dog", 8}).rare_identifiers;
  CHECK(words == std::vector<std::string>{"qqy", "qqw"});
  CHECK(office.ask<Words>(schemas::Suggest{"", 1}).rare_identifiers.size() == 1);
  CHECK(code_of([&] { office.ask<Words>(schemas::Suggest{"", 0}); }) == "bad_input");
  CHECK(code_of([&] { office.ask<Words>(schemas::Suggest{"", 65}); }) == "bad_input");
}

TEST_CASE("a preset says how many steps it takes, unless the request does") {
  Office office;
  const auto steps = [&](const std::string& preset, std::optional<std::int64_t> asked = {}) {
    auto request = of("private");
    request.preset = preset;
    request.max_train_steps = asked;
    return office.plan(request, preset + (asked ? " asked" : "")).max_train_steps;
  };
  CHECK(steps("object") == 150);
  CHECK(steps("style") == 300);
  CHECK(steps("face") == 450);
  CHECK(steps("face", 7) == 7);
  CHECK(code_of([&] { steps("dog"); }) == "bad_input");
}

TEST_CASE("a registry.db of the first format is read on") {
  Office office;
  const auto own = office.teach(of("private"), "one");
  {
    executor::Database database(office.home() / "registry.db");
    database.run(
        "DROP INDEX shared_identifiers; DROP TABLE rare_identifiers; DROP TABLE freed;"
        "ALTER TABLE versions DROP COLUMN line; ALTER TABLE versions DROP COLUMN base;"
        "ALTER TABLE versions DROP COLUMN kept; ALTER TABLE versions DROP COLUMN damaged;"
        "PRAGMA user_version = 1");
  }
  office.reopen();
  CHECK(office.list()[0].version == own.version);
  CHECK_NOTHROW(office.teach(of("meta"), "two"));
}
