#include "registry/damage_watch.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <future>
#include <stdexcept>
#include <utility>

#include "tests/plugins/registry/registry_fixture.h"

using executor::Outcome;
using tests::code_of;
using tests::Office;
using tests::text_of;

namespace fs = std::filesystem;

namespace {

schemas::Finetune of(const std::string& category) {
  auto request = Office::request();
  request.target_model = "meta";
  request.category = category;
  return request;
}

schemas::Generate drawing(const std::string& prompt = "a boat") {
  auto request = Office::drawing(prompt);
  request.target_model = "meta";
  return request;
}

fs::path weights_of(const Office& office, const std::string& version) {
  return office.home() / "store" / "versions" / version / "unet" / "weights";
}

void write(const fs::path& file, const std::string& text) {
  std::ofstream(file) << text;
}

void damage(const Office& office, const std::string& version) {
  write(weights_of(office, version), "wEights");
}

// A request for a picture, and the version that it gets.
std::string begin_drawing(Office& office) {
  auto message = schemas::Message::of(drawing());
  message.owner = "ann";
  message.job = message.root = "drawing";
  office.outbox.sent.clear();
  office.registry().process(message, office.outbox);
  return office.outbox.sent.front().as<schemas::Generation>().settings.version;
}

std::string draw_and_end(Office& office, Outcome outcome) {
  const auto version = begin_drawing(office);
  office.registry().ended("drawing", outcome);
  return version;
}

void publish(Office& office, const schemas::TrainSettings& plan, const std::string& job) {
  office.stage(plan.version);
  office.outbox.sent.clear();
  office.publish(office.trained(plan, job));
}

std::vector<schemas::ModelVersion> models(Office& office) {
  return office.ask<schemas::ModelList>(schemas::Models{"meta"}).versions;
}

}  // namespace

TEST_CASE("when a job fails with a damaged version, the version before it draws the next picture") {
  Office office;
  const auto dog = office.teach(of("dog"), "one");
  const auto cat = office.teach(of("cat"), "two");
  damage(office, cat.version);
  CHECK(draw_and_end(office, Outcome::failed) == cat.version);
  CHECK(draw_and_end(office, Outcome::done) == dog.version);
  CHECK(office.draw(drawing("a " + dog.identifier + " dog")).version == dog.version);
  const auto listed = models(office);
  REQUIRE(listed.size() == 2);
  CHECK(listed[0].current);
  CHECK_FALSE(listed[0].damaged);
  CHECK_FALSE(listed[1].current);
  CHECK(listed[1].damaged);
  CHECK(office.list()[1].version == dog.version);
}

TEST_CASE("what a damaged version has learned is not drawn until the model is shown it again") {
  Office office;
  const auto dog = office.teach(of("dog"), "one");
  const auto cat = office.teach(of("cat"), "two");
  damage(office, cat.version);
  draw_and_end(office, Outcome::failed);
  const auto draw_cat = [&] { office.draw(drawing("a " + cat.identifier + " cat")); };
  CHECK(code_of(draw_cat) == "unavailable");
  CHECK_THAT(text_of(draw_cat), Catch::Contains(cat.version) && Catch::Contains("rollback"));

  const auto plan = office.plan(of("bird"), "three");
  CHECK(plan.base == dog.version);
  REQUIRE(plan.replay.size() == 2);
  CHECK(plan.replay[1].version == cat.version);
  publish(office, plan, "three");
  CHECK(office.draw(drawing("a " + cat.identifier + " cat")).version == plan.version);
  CHECK_FALSE(exists(weights_of(office, cat.version)));  // two sound ones are kept
  CHECK(exists(weights_of(office, dog.version)));
}

TEST_CASE("a version is looked at when a job fails with it, not else") {
  Office office;
  office.teach(of("dog"), "one");
  const auto cat = office.teach(of("cat"), "two");
  damage(office, cat.version);
  draw_and_end(office, Outcome::done);
  draw_and_end(office, Outcome::cancelled);
  CHECK(draw_and_end(office, Outcome::done) == cat.version);
}

TEST_CASE("a sound version stays in use, however many jobs fail with it") {
  Office office;
  const auto dog = office.teach(of("dog"), "one");
  for (int i = 0; i < 3; ++i) CHECK(draw_and_end(office, Outcome::failed) == dog.version);
}

TEST_CASE("a version whose files were put back is in use again after a start") {
  Office office;
  office.teach(of("dog"), "one");
  const auto cat = office.teach(of("cat"), "two");
  damage(office, cat.version);
  draw_and_end(office, Outcome::failed);
  CHECK(office.draw(drawing()).version != cat.version);
  office.reopen();
  CHECK(office.draw(drawing()).version != cat.version);
  write(weights_of(office, cat.version), "weights");
  office.reopen();
  CHECK(office.draw(drawing()).version == cat.version);
}

TEST_CASE("a file that is gone is damage, too, and without a sound version the pretrained draws") {
  Office office;
  const auto dog = office.teach(of("dog"), "one");
  fs::remove(weights_of(office, dog.version));
  draw_and_end(office, Outcome::failed);
  CHECK(office.draw(drawing()).version == "pretrained");
  CHECK(office.plan(of("cat"), "two").base == "pretrained");
}

TEST_CASE("a job that has read its base before that was damaged is published") {
  Office office;
  const auto dog = office.teach(of("dog"), "one");
  const auto plan = office.plan(of("cat"), "two");
  damage(office, dog.version);
  draw_and_end(office, Outcome::failed);
  CHECK_NOTHROW(publish(office, plan, "two"));
  CHECK(office.draw(drawing()).version == plan.version);
}

TEST_CASE("a damaged version can be taken back, and its word is free; one before it is not used") {
  Office office;
  office.teach(of("dog"), "one");
  const auto cat = office.teach(of("cat"), "two");
  const auto bird = office.teach(of("bird"), "three");
  damage(office, cat.version);
  write(weights_of(office, bird.version), "other");
  draw_and_end(office, Outcome::failed);
  draw_and_end(office, Outcome::failed);
  const auto left = office.ask<schemas::ModelList>(schemas::Rollback{"meta"}).versions;
  CHECK(left.size() == 2);
  CHECK(office.plan(of("bird"), "four").identifier == bird.identifier);
}

TEST_CASE("one does not go back to a damaged version") {
  Office office;
  const auto dog = office.teach(of("dog"), "one");
  begin_drawing(office);
  office.teach(of("cat"), "two");
  damage(office, dog.version);
  office.registry().ended("drawing", Outcome::failed);
  const auto go_back = [&] { office.ask<schemas::ModelList>(schemas::Rollback{"meta"}); };
  CHECK(code_of(go_back) == "unavailable");
  CHECK_THAT(text_of(go_back), Catch::Contains("damaged"));
}

TEST_CASE("a private model is not looked at: there is no version before it") {
  Office office;
  const auto dog = office.teach(Office::request(), "one");
  damage(office, dog.version);
  CHECK(office.draw(Office::drawing("a " + dog.identifier + " dog")).version == dog.version);
  office.registry().ended("", Outcome::failed);
  CHECK(office.draw(Office::drawing("a " + dog.identifier + " dog")).version == dog.version);
}

namespace {

/// A watch over the versions of an office, which reads them as a test wants.
struct Watched {
  explicit Watched(const Office& office, registry::VersionReader::Check check = registry::check_all)
      : tables(office.home() / "registry.db"),
        versions(tables.database()),
        store(office.home()),
        watch(store, versions, std::move(check)) {}

  void job_fails_with(const std::string& version, registry::DamageWatch::Clock::duration at = {}) {
    watch.uses("job", version);
    watch.ended("job", Outcome::failed, registry::DamageWatch::Clock::time_point(at));
  }

  registry::Tables tables;
  registry::VersionTable versions;
  store::Store store;
  registry::DamageWatch watch;
};

}  // namespace

TEST_CASE("a version is looked at once in a minute") {
  Office office;
  const auto dog = office.teach(of("dog"), "one");
  Watched watched(office);
  const auto stays_after_failure_at = [&](registry::DamageWatch::Clock::duration time) {
    watched.job_fails_with(dog.version, time);
    watched.watch.look();
    return watched.versions.current("meta") == dog.version;
  };
  CHECK(stays_after_failure_at(std::chrono::seconds(0)));
  damage(office, dog.version);
  CHECK(stays_after_failure_at(registry::DamageWatch::kLookEvery - std::chrono::nanoseconds(1)));
  CHECK_FALSE(stays_after_failure_at(registry::DamageWatch::kLookEvery));
}

TEST_CASE("while a large version is read, jobs wait once, and not for long") {
  Office office;
  const auto dog = office.teach(of("dog"), "one");
  std::promise<void> read;
  Watched watched(office, [done = read.get_future().share()](const auto&, const auto&) {
    done.wait();
    throw std::runtime_error("a byte has changed");
  });
  watched.job_fails_with(dog.version);
  const auto begun = registry::DamageWatch::Clock::now();
  for (int job = 0; job < 5; ++job) {
    watched.watch.look();
    CHECK(watched.versions.current("meta") == dog.version);
  }
  CHECK(registry::DamageWatch::Clock::now() - begun < 2 * registry::DamageWatch::kPatience);
  read.set_value();
  while (watched.versions.current("meta") == dog.version) watched.watch.look();
}

TEST_CASE("a registry that ends breaks off what it reads") {
  std::promise<void> begun;
  registry::VersionReader reader([&](const auto&, const auto& beat) {
    begun.set_value();
    while (true) beat();
  });
  reader.read("v-1", "folder");
  begun.get_future().wait();
}
