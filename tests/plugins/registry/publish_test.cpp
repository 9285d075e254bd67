#include <catch2/catch.hpp>
#include <chrono>
#include <fstream>
#include <thread>

#include "schemas/id.h"
#include "schemas/stored.h"
#include "tests/plugins/registry/registry_fixture.h"

using tests::code_of;
using tests::Office;

namespace fs = std::filesystem;

TEST_CASE("a trained version moves from staging to its place, and is answered") {
  Office office;
  const auto answer = office.teach(Office::request(), "one");
  const fs::path folder = office.home() / "store" / "versions" / answer.version;
  CHECK(answer.model == folder.string());
  CHECK(exists(folder / "model_index.json"));
  CHECK(exists(folder / "unet" / "weights"));
  CHECK(exists(folder / "checksums.json"));
  CHECK(fs::is_empty(office.home() / "store" / "staging"));
  CHECK(answer.steps == 150);
  CHECK(answer.loss == 0.25);
  CHECK(answer.instance_loss == 0.15);
  CHECK(answer.prior_loss == 0.1);
  CHECK(answer.train_s == 2.5);
  CHECK(answer.category == "dog");
}

TEST_CASE("the store and the database are for their user alone") {
  Office office;
  for (const char* folder : {"store", "store/versions", "store/staging"}) {
    CHECK(fs::status(office.home() / folder).permissions() == fs::perms::owner_all);
  }
  CHECK(fs::status(office.home() / "registry.db").permissions() ==
        (fs::perms::owner_read | fs::perms::owner_write));
}

TEST_CASE("a redelivered last hop gets the same answer, also after a restart") {
  Office office;
  const auto settings = office.plan(Office::request(), "one");
  office.stage(settings.version);
  const auto first = publish(office, office.trained(settings, "one"));
  CHECK(schemas::pack(publish(office, office.trained(settings, "one"))) == schemas::pack(first));
  office.reopen();
  CHECK(schemas::pack(publish(office, office.trained(settings, "one"))) == schemas::pack(first));
  CHECK(office.list().size() == 1);
}

TEST_CASE("an older attempt of a job cannot publish") {
  Office office;
  auto message = office.message(Office::request(), "one");
  message.epoch = 3;
  office.registry().process(message, office.outbox);
  const auto settings = office.outbox.sent.at(0).as<schemas::Plan>().settings;
  office.stage(settings.version);
  CHECK(code_of([&] { publish(office, office.trained(settings, "one", "ann", 2)); }) ==
        "forbidden");
  CHECK(office.list().empty());
  CHECK_NOTHROW(publish(office, office.trained(settings, "one", "ann", 3)));
  CHECK(code_of([&] { publish(office, office.trained(settings, "one", "ann", 2)); }) ==
        "forbidden");
}

TEST_CASE("a version that storage has not sealed is not published") {
  Office office;
  const auto settings = office.plan(Office::request(), "one");
  office.stage(settings.version);
  auto stored =
      schemas::Message::of(schemas::Stored{office.trained(settings, "one").as<schemas::Trained>()});
  stored.job = stored.root = "one";
  stored.owner = "ann";
  stored.epoch = 1;
  CHECK(code_of([&] { office.registry().process(stored, office.outbox); }) == "internal");
  CHECK(fs::exists(office.home() / "store/staging" / settings.version));
  CHECK_NOTHROW(publish(office, office.trained(settings, "one")));
}

TEST_CASE("what is removed is gone at once, and its bytes soon after") {
  Office office;
  const auto settings = office.plan(Office::request(), "one");
  office.stage(settings.version);
  office.registry().ended("one", executor::Outcome::failed);
  CHECK(fs::is_empty(office.home() / "store/staging"));
  const auto removed = office.home() / "store/removed";
  for (int look = 0; look < 10'000 && !fs::is_empty(removed); ++look) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));  // between two looks
  }
  CHECK(fs::is_empty(removed));
}

TEST_CASE("a version that is not in staging, or is no model, is not published") {
  Office office;
  const auto settings = office.plan(Office::request(), "one");
  CHECK(code_of([&] { publish(office, office.trained(settings, "one")); }) == "internal");
  fs::create_directories(office.home() / "store" / "staging" / settings.version);
  CHECK(code_of([&] { publish(office, office.trained(settings, "one")); }) == "internal");
  CHECK(office.list().empty());
  office.stage(settings.version);
  CHECK_NOTHROW(publish(office, office.trained(settings, "one")));
}

TEST_CASE("a version that the job has not booked is not published, whatever its name") {
  Office office;
  const auto settings = office.plan(Office::request(), "one");
  office.stage(settings.version);
  for (const char* version : {"../versions", "v-0000000000000000", "", "a/b", "V"}) {
    auto other = settings;
    other.version = version;
    const std::string code = version[0] == 'v' ? "forbidden" : "protocol";
    CHECK(code_of([&] { publish(office, office.trained(other, "one")); }) == code);
  }
  CHECK(code_of([&] { publish(office, office.trained(settings, "one", "bob")); }) == "protocol");
}

TEST_CASE("a version id becomes a folder only when it is one") {
  CHECK(schemas::is_id(store::new_version_id()));
  CHECK(schemas::is_id(std::string(64, 'a')));
  CHECK_FALSE(schemas::is_id(std::string(65, 'a')));
  for (const char* id : {"", ".", "..", "a/b", "A", "a_b", "a\n"}) {
    CHECK_FALSE(schemas::is_id(id));
  }
}

TEST_CASE("a job goes on when the registry was started again meanwhile") {
  Office office;
  const auto settings = office.plan(Office::request(), "one");
  office.stage(settings.version);
  office.reopen({"one"});
  CHECK(publish(office, office.trained(settings, "one")).version == settings.version);
  CHECK(office.list().size() == 1);
}

TEST_CASE("the booking of a job that is open outlives a restart, whole") {
  Office office;
  const auto settings = office.plan(Office::request(), "one");
  office.reopen({"one"});
  CHECK(office.plan(Office::request(), "two").identifier != settings.identifier);
  const auto again = office.plan(Office::request(), "one");
  CHECK(schemas::pack(again) == schemas::pack(settings));
}

TEST_CASE(
    "a later attempt of a published job gets the first answer, and leaves nothing in staging") {
  Office office;
  const auto settings = office.plan(Office::request(), "one");
  office.stage(settings.version);
  const auto first = publish(office, office.trained(settings, "one"));
  office.stage(settings.version);
  CHECK(schemas::pack(publish(office, office.trained(settings, "one"))) == schemas::pack(first));
  CHECK(fs::is_empty(office.home() / "store" / "staging"));
}

TEST_CASE("unless another job has taken its identifier") {
  Office office;
  const auto settings = office.plan(Office::request(), "one");
  office.stage(settings.version);
  office.reopen();
  CHECK(office.plan(Office::request(), "two").identifier == settings.identifier);
  CHECK(code_of([&] { publish(office, office.trained(settings, "one")); }) == "exists");
}

TEST_CASE("what was published is there after a restart") {
  Office office;
  const auto answer = office.teach(Office::request(), "one");
  office.reopen();
  const auto list = office.list();
  REQUIRE(list.size() == 1);
  CHECK(list[0].identifier == answer.identifier);
  CHECK(list[0].category == "dog");
  CHECK(list[0].target_model == "private");
  CHECK(list[0].version == answer.version);
  CHECK(list[0].model == answer.model);
  CHECK(list[0].created.size() == std::string("2026-01-01T00:00:00Z").size());
  CHECK(exists(fs::path(answer.model) / "model_index.json"));
}

TEST_CASE("a version that was moved but not committed is swept at the next start") {
  Office office;
  const auto kept = office.teach(Office::request(), "one");
  const fs::path lost = office.home() / "store" / "versions" / "v-1111111111111111";
  fs::create_directories(lost / "unet");
  office.reopen();
  CHECK_FALSE(exists(lost));
  CHECK(exists(fs::path(kept.model)));
}

TEST_CASE("a lost database does not cost the versions") {
  Office office;
  const auto kept = office.teach(Office::request(), "one");
  for (const char* file : {"registry.db", "registry.db-wal", "registry.db-shm"}) {
    fs::rename(office.home() / file, office.home() / (std::string(file) + ".away"));
  }
  office.reopen();
  CHECK(exists(fs::path(kept.model)));
}

TEST_CASE("staging is swept of what is a day old, not of what is being written") {
  Office office;
  office.stage("v-old");
  office.stage("v-new");
  const auto staging = office.home() / "store" / "staging";
  fs::last_write_time(staging / "v-old", fs::file_time_type::clock::now() - std::chrono::hours(25));
  office.reopen();
  CHECK_FALSE(exists(staging / "v-old"));
  CHECK(exists(staging / "v-new"));
}

TEST_CASE("what an open job has made stays, however old, whatever registry starts meanwhile") {
  Office office;
  auto request = Office::request();
  request.target_model = "meta";
  const auto settings = office.plan(request, "job");
  office.stage(settings.version);
  const auto staging = office.home() / "store" / "staging";
  const auto moved = office.home() / "store" / "versions" / settings.version;
  const auto memory = staging / (settings.version + "-replay");
  fs::last_write_time(memory, fs::file_time_type::clock::now() - std::chrono::hours(25));
  fs::rename(staging / settings.version, moved);  // moved, and not committed yet
  office.reopen({"job"});
  CHECK(exists(memory));
  CHECK(exists(moved));
  office.reopen();
  CHECK_FALSE(exists(moved));
}

TEST_CASE("a later attempt takes the place of what an earlier one moved and did not commit") {
  Office office;
  auto request = Office::request();
  request.target_model = "meta";
  const auto settings = office.plan(request, "job");
  const auto store = office.home() / "store";
  office.stage(settings.version);
  fs::rename(store / "staging" / settings.version, store / "versions" / settings.version);
  fs::rename(store / "staging" / (settings.version + "-replay"),
             store / "replay" / settings.version);
  office.reopen({"job"});
  office.stage(settings.version);
  office.publish(office.trained(settings, "job"));
  CHECK(office.list().size() == 1);
  CHECK(fs::is_empty(store / "staging"));
}

TEST_CASE("a metamodel's version whose memory is gone is not published") {
  Office office;
  auto request = Office::request();
  request.target_model = "meta";
  const auto settings = office.plan(request, "job");
  office.stage(settings.version);
  fs::remove_all(office.home() / "store" / "staging" / (settings.version + "-replay"));
  CHECK(code_of([&] { office.publish(office.trained(settings, "job")); }) == "internal");
  CHECK(office.list().empty());
  CHECK_FALSE(exists(office.home() / "store" / "versions" / settings.version));
}

TEST_CASE("a file that is no database is refused by name, and left as it is") {
  Office office;
  const auto home = office.home() / "other";
  fs::create_directories(home);
  std::ofstream(home / "registry.db") << std::string(8192, 'x');
  auto setup = office.setup();
  setup.home = home;
  CHECK(code_of([&] { registry::Registry{setup}; }) == "bad_config");
  CHECK(fs::file_size(home / "registry.db") == 8192);
}

TEST_CASE("a database of a newer souvenir is refused") {
  Office office;
  const auto home = office.home() / "other";
  fs::create_directories(home);
  { executor::Database(home / "registry.db").run("PRAGMA user_version = 6"); }
  auto setup = office.setup();
  setup.home = home;
  CHECK(code_of([&] { registry::Registry{setup}; }) == "bad_config");
}

TEST_CASE("a list holds the owner's things alone, by target") {
  Office office;
  office.teach(Office::request(), "one");
  office.teach(Office::request(), "two", "bob");
  office.plan(Office::request(), "three");
  CHECK(office.list().size() == 1);
  CHECK(office.list("ann", "private").size() == 1);
  CHECK(office.list("ann", "meta").empty());
  CHECK(office.list("eve").empty());
  CHECK(code_of([&] { office.list("ann", "privat"); }) == "bad_input");
}
