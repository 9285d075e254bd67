// A metamodel that is retrained without what was removed.
#include <catch2/catch.hpp>
#include <set>

#include "schemas/models.h"
#include "tests/plugins/registry/registry_fixture.h"

using tests::code_of;
using tests::Office;

namespace {

schemas::Finetune of(const std::string& target, const std::string& category) {
  auto request = Office::request();
  request.target_model = target;
  request.category = category;
  return request;
}

/// The plan that `request` gets as the job "again".
template <typename Request>
schemas::TrainSettings plan(Office& office, const Request& request,
                            const std::string& owner = "ann", std::uint64_t epoch = 1) {
  auto message = schemas::Message::of(request);
  message.job = message.root = "again";
  message.owner = owner;
  message.epoch = epoch;
  office.outbox.sent.clear();
  office.registry().process(message, office.outbox);
  return office.outbox.sent.at(0).as<schemas::Plan>().settings;
}

schemas::Finetuned publish(Office& office, const schemas::TrainSettings& settings,
                           const std::string& owner = "ann") {
  office.stage(settings.version);
  std::filesystem::remove_all(office.home() / "store" / "staging" / (settings.version + "-replay"));
  office.outbox.sent.clear();
  office.publish(office.trained(settings, "again", owner));
  return office.outbox.sent.at(0).as<schemas::Finetuned>();
}

std::vector<schemas::ModelVersion> models(Office& office) {
  return office.ask<schemas::ModelList>(schemas::Models{"meta"}).versions;
}

std::set<std::string> folders(const Office& office, const char* kind) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(office.home() / "store" / kind)) {
    names.insert(entry.path().filename());
  }
  return names;
}

/// A metamodel that has learned a dog, a cat and a bird; the dog is removed.
struct Learned {
  Office office;
  schemas::Finetuned dog, cat, bird;
  Learned() {
    dog = office.teach(of("meta", "dog"), "one", "ann");
    cat = office.teach(of("meta", "cat"), "two", "bob");
    bird = office.teach(of("meta", "bird"), "three", "ann");
    office.ask<schemas::Forgotten>(schemas::Forget{dog.identifier, "meta"});
  }
};

}  // namespace

TEST_CASE("a metamodel is retrained from the pretrained model, on what is kept of its things") {
  Learned l;
  const auto settings = plan(l.office, schemas::Retrain{"meta", {}, 7});
  CHECK(settings.base == "pretrained");
  CHECK(settings.replaces == l.bird.version);
  CHECK(settings.identifier.empty());
  CHECK(settings.category.empty());
  CHECK(settings.seed == 7);
  CHECK(settings.general.size() > 10);
  REQUIRE(settings.replay.size() == 2);
  CHECK(settings.replay[0].version == l.cat.version);
  CHECK(settings.replay[1].prompt == "a " + l.bird.identifier + " bird");
  l.office.registry().ended("again", executor::Outcome::failed);
  const auto one = l.office.plan(of("meta", "cow"), "four");
  CHECK(settings.max_train_steps == 2 * *one.max_train_steps);  // once for each thing
  l.office.registry().ended("four", executor::Outcome::failed);
  CHECK(plan(l.office, schemas::Retrain{"meta", 33, {}}).max_train_steps == 33);
}

TEST_CASE("what was removed is unknown to a metamodel that was retrained, and all else is there") {
  Learned l;
  auto& office = l.office;
  const auto done = publish(office, plan(office, schemas::Retrain{"meta", {}, {}}));
  CHECK(done.identifier.empty());
  CHECK(folders(office, "versions") == std::set<std::string>{done.version});
  CHECK(folders(office, "replay") == std::set<std::string>{l.cat.version, l.bird.version});
  REQUIRE(models(office).size() == 4);
  CHECK(models(office)[3].current);
  CHECK(models(office)[3].base == "pretrained");
  CHECK(office.list("eve").size() == 2);
  for (const auto& thing : office.list("eve")) CHECK(thing.version == done.version);
  CHECK(office.draw(Office::drawing("a " + l.cat.identifier), "eve").version == done.version);
  CHECK(code_of([&] { office.ask<schemas::ModelList>(schemas::Rollback{"meta"}); }) ==
        "unavailable");  // the version before has seen it
  const auto next = office.plan(of("meta", "cow"), "four", "eve");
  CHECK(next.identifier == l.dog.identifier);  // its word is free again
  CHECK(next.base == done.version);
  CHECK(next.replay.size() == 2);
  office.registry().ended("four", executor::Outcome::failed);
  office.reopen();
  CHECK(folders(office, "versions") == std::set<std::string>{done.version});
  CHECK(office.ask<schemas::Forgotten>(schemas::Forget{l.bird.identifier, ""}).seen_by ==
        std::vector<std::string>{done.version});
  const auto again = publish(office, plan(office, schemas::Retrain{"meta", {}, {}}));
  CHECK(folders(office, "versions") == std::set<std::string>{again.version});
}

TEST_CASE("a job that retrains is planned and published once, however often it is delivered") {
  Learned l;
  const auto settings = plan(l.office, schemas::Retrain{"meta", {}, {}});
  const auto second = plan(l.office, schemas::Retrain{"meta", {}, {}}, "ann", 2);
  CHECK(second.version == settings.version);
  l.office.stage(settings.version);
  for (int time = 0; time < 2; ++time) {
    l.office.outbox.sent.clear();
    l.office.publish(l.office.trained(second, "again", "ann", 2));
    CHECK(l.office.outbox.sent.at(0).as<schemas::Finetuned>().version == settings.version);
  }
  CHECK(plan(l.office, schemas::Retrain{"meta", {}, {}}, "ann", 3).version == settings.version);
  CHECK(models(l.office).size() == 4);
}

TEST_CASE("nothing else changes a metamodel while it is retrained, and it goes on drawing") {
  Learned l;
  auto& office = l.office;
  const auto settings = plan(office, schemas::Retrain{"meta", {}, {}});
  CHECK(code_of([&] { office.plan(of("meta", "cow"), "four", "eve"); }) == "unavailable");
  CHECK(code_of([&] { office.ask<schemas::ModelList>(schemas::Rollback{"meta"}); }) ==
        "unavailable");
  CHECK(code_of([&] {
          office.ask<schemas::Forgotten>(schemas::Forget{l.bird.identifier, ""});
        }) == "unavailable");
  CHECK_NOTHROW(office.plan(of("private_meta", "cow"), "five", "eve"));
  CHECK(office.draw(Office::drawing("a " + l.cat.identifier), "ann").version == l.bird.version);
  CHECK(office.list("ann").size() == 2);
  office.stage(settings.version);
  office.registry().ended("again", executor::Outcome::failed);
  CHECK(folders(office, "staging").empty());
  CHECK(office.plan(of("meta", "cow"), "four", "eve").base == l.bird.version);
  CHECK(code_of([&] { plan(office, schemas::Retrain{"meta", {}, {}}); }) == "unavailable");
  CHECK(folders(office, "versions") == std::set<std::string>{l.cat.version, l.bird.version});
}

TEST_CASE("who is no administrator retrains only their own metamodel, and one that knows a thing") {
  Office office;
  CHECK(code_of([&] { plan(office, schemas::RetrainOwn{"meta", {}, {}}); }) == "forbidden");
  CHECK(code_of([&] { plan(office, schemas::RetrainOwn{"private", {}, {}}); }) == "bad_input");
  CHECK(code_of([&] { plan(office, schemas::Retrain{"pretrained", {}, {}}); }) == "bad_input");
  CHECK(code_of([&] { plan(office, schemas::RetrainOwn{}); }) == "not_found");
  const auto anns = office.teach(of("private_meta", "dog"), "one", "ann");
  const auto bobs = office.teach(of("private_meta", "cat"), "two", "bob");
  const auto settings = plan(office, schemas::RetrainOwn{}, "bob");
  REQUIRE(settings.replay.size() == 1);
  CHECK(settings.replay[0].version == bobs.version);
  CHECK_NOTHROW(office.plan(of("private_meta", "cow"), "three", "ann"));
  const auto done = publish(office, settings, "bob");
  CHECK(folders(office, "versions") == std::set<std::string>{anns.version, done.version});
}
