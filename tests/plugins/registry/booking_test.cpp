// What is published can be booked again or dropped by nobody, whatever a stage says.
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "schemas/stored.h"
#include "tests/plugins/registry/registry_fixture.h"

using tests::code_of;
using tests::Office;

namespace fs = std::filesystem;

namespace {

// stored.v1, as if storage had sealed the version.
schemas::Message stored(const schemas::TrainSettings& settings, const std::string& job,
                        const std::string& owner) {
  schemas::Trained trained;
  trained.settings = settings;
  auto message = schemas::Message::of(schemas::Stored{trained});
  message.job = job;
  message.owner = owner;
  message.epoch = 1;
  return message;
}

schemas::TrainSettings settings_of(const schemas::Finetuned& answer) {
  schemas::TrainSettings settings;
  settings.version = answer.version;
  settings.identifier = answer.identifier + "x";
  settings.category = answer.category;
  settings.target_model = answer.target_model;
  settings.base = "pretrained";
  return settings;
}

std::vector<std::string> versions_of(Office& office, const std::string& target,
                                     const std::string& owner) {
  std::vector<std::string> versions;
  for (const auto& each : office.ask<schemas::ModelList>(schemas::Models{target}, owner).versions) {
    versions.push_back(each.version);
  }
  return versions;
}

}  // namespace

TEST_CASE("no job's end drops what another has published, whatever it said of it") {
  Office office;
  const auto bobs = office.teach(Office::request(), "bobs", "bob");
  for (const std::string owner : {"ann", "bob"}) {
    for (const auto outcome :
         {executor::Outcome::failed, executor::Outcome::cancelled, executor::Outcome::done}) {
      for (const std::string target : {"private", "private_meta", "meta"}) {
        auto settings = settings_of(bobs);
        settings.target_model = target;
        CHECK(code_of([&] {
                office.registry().process(stored(settings, "evil", owner), office.outbox);
              }) == "protocol");
        office.registry().ended("evil", outcome);
        REQUIRE(exists(fs::path(bobs.model) / "model_index.json"));
      }
    }
  }
  CHECK(office.list("bob").at(0).version == bobs.version);
  CHECK(office.list("ann").empty());
  CHECK(versions_of(office, "meta", "ann").empty());
}

TEST_CASE("a job with a booking of its own publishes and drops no other version, either") {
  Office office;
  const auto bobs = office.teach(Office::request(), "bobs", "bob");
  const auto own = office.plan(Office::request(), "evil", "ann");
  auto settings = own;
  settings.version = bobs.version;
  CHECK(code_of([&] {
          office.registry().process(stored(settings, "evil", "ann"), office.outbox);
        }) == "protocol");
  office.registry().ended("evil", executor::Outcome::failed);
  CHECK(exists(fs::path(bobs.model) / "model_index.json"));
  CHECK(office.list("bob").size() == 1);
}

TEST_CASE("of what a message says of its thing nothing is published but what was booked") {
  Office office;
  const auto booked = office.plan(Office::request(), "job", "ann");
  office.stage(booked.version);
  auto claimed = booked;
  claimed.target_model = "meta";
  claimed.identifier = "zzz";
  claimed.category = "cat";
  claimed.replaces = claimed.base = "pretrained";
  const auto answer = publish(office, office.trained(claimed, "job", "ann"));
  CHECK(answer.target_model == "private");
  CHECK(answer.identifier == booked.identifier);
  CHECK(answer.category == booked.category);
  CHECK(versions_of(office, "meta", "ann").empty());
  const auto list = office.list("ann");
  REQUIRE(list.size() == 1);
  CHECK(list[0].identifier == booked.identifier);
  CHECK(list[0].target_model == "private");
}

TEST_CASE("a second end, and a second last hop, of a published version leave it as it is") {
  Office office;
  const auto settings = office.plan(Office::request(), "one");
  office.stage(settings.version);
  const auto first = publish(office, office.trained(settings, "one"));
  for (const auto outcome : {executor::Outcome::failed, executor::Outcome::cancelled}) {
    office.registry().ended("one", outcome);
    office.registry().process(stored(settings, "one", "ann"), office.outbox);
    office.registry().ended("one", outcome);
    CHECK(exists(fs::path(first.model) / "model_index.json"));
  }
  office.reopen();
  office.registry().ended("one", executor::Outcome::failed);
  CHECK(exists(fs::path(first.model) / "model_index.json"));
  CHECK(office.list().size() == 1);
}

TEST_CASE("a job that is done without its last hop holds no identifier, and nobody up") {
  Office office;
  auto request = Office::request();
  request.target_model = "meta";
  const auto settings = office.plan(request, "one");
  CHECK(code_of([&] {
          office.ask<schemas::ModelList>(schemas::ResetModel{"meta", ""}, "root");
        }) == "unavailable");
  office.registry().ended("one", executor::Outcome::done);
  CHECK_NOTHROW(office.ask<schemas::ModelList>(schemas::ResetModel{"meta", ""}, "root"));
  CHECK(office.plan(request, "two", "bob").identifier == settings.identifier);
}

TEST_CASE("what was freed of a job that is open after all is booked again as it was settled") {
  for (const int restarts : {1, 2}) {
    Office office;
    const auto settings = office.plan(Office::request(), "one");
    office.reopen();
    if (restarts == 2) office.reopen({"one"});
    office.stage(settings.version);
    auto claimed = settings;
    claimed.target_model = "meta";
    claimed.identifier = "zzz";
    const auto answer = publish(office, office.trained(claimed, "one"));
    CHECK(answer.identifier == settings.identifier);
    CHECK(answer.target_model == "private");
    CHECK(office.list().size() == 1);
  }
}

TEST_CASE("and no longer once the job has ended, or was not open at the next start, either") {
  for (const bool by_end : {true, false}) {
    Office office;
    const auto settings = office.plan(Office::request(), "one");
    office.reopen();
    by_end ? office.registry().ended("one", executor::Outcome::failed) : office.reopen();
    office.stage(settings.version);
    CHECK(code_of([&] { publish(office, office.trained(settings, "one")); }) == "protocol");
    CHECK(office.list().empty());
  }
}

TEST_CASE("the last hop of a thing that was forgotten meanwhile is answered as at first") {
  Office office;
  auto request = Office::request();
  request.target_model = "private_meta";
  const auto settings = office.plan(request, "one");
  office.stage(settings.version);
  const auto first = publish(office, office.trained(settings, "one"));
  office.ask<schemas::Forgotten>(schemas::Forget{settings.identifier, "private_meta"});
  office.outbox.sent.clear();
  office.registry().process(stored(settings, "one", "ann"), office.outbox);
  CHECK(schemas::pack(office.outbox.sent.at(0).as<schemas::Finetuned>()) == schemas::pack(first));
  CHECK(office.list().empty());
}

TEST_CASE("a version that is published, or another job's, is not booked") {
  Office office;
  const auto published = office.teach(Office::request(), "one");
  const auto training = office.plan(Office::request(), "two");
  registry::Tables tables(office.home() / "registry.db");
  registry::BookingTable bookings(tables.database());
  for (const std::string& version : {published.version, training.version}) {
    auto settings = training;
    settings.version = version;
    settings.identifier = "qqq";
    CHECK(code_of([&] { bookings.book({.owner = "eve", .job = "evil", .settings = settings}); }) ==
          "protocol");
    CHECK_FALSE(bookings.of_job("evil"));
  }
}
