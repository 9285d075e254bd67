// What a stage may answer and stream: what its plugin's table declares, within its window.
#include <catch2/catch.hpp>
#include <limits>

#include "tests/flow/gateway/begun.h"
#include "tests/flow/gateway/house.h"

using namespace flow;
using namespace flow_test;

TEST_CASE("a stage answers with what its plugin's table declares, or its job fails") {
  House house;
  auto& f = house.fixture;
  for (const std::string type : {"texts.v1", "", "trained.v1"}) {
    const auto work = house.asked_by(house.visitor("ann's API key"));
    f.give("s1",
           {.kind = Kind::emit,
            .id = work.header.id,
            .job = work.header.job,
            .type = type,
            .epoch = 1,
            .last = true},
           schemas::pack(schemas::Text{"y"}));
    const auto ended = f.ended("visitor");
    CHECK(ended.outcome == "failed");
    CHECK(ended.fault.code == "protocol");
    CHECK(ended.fault.stage == "first");
    CHECK(f.take("s2", Kind::work).empty());
  }
  CHECK(house.audited().find("answer 'texts.v1' of first") != std::string::npos);
  f.emit("s1", house.asked_by(house.visitor("ann's API key")), true);  // its credit came back
  CHECK(f.take("s2", Kind::work).size() == 1);
}

TEST_CASE("a stage whose table says no stream answers once") {
  Fixture f;
  f.join_all();
  f.request(1);
  f.emit("s1", f.take("s1", Kind::work).at(0), true);
  const auto work = f.take("s2", Kind::work).at(0);
  f.emit("s2", work, false);
  CHECK(f.take("client", Kind::result).size() == 1);
  f.emit("s2", work, true);
  CHECK(f.ended("client").fault.cause.find("no stream") != std::string::npos);
  CHECK(f.take("client", Kind::result).empty());
}

TEST_CASE("a stream has as many messages under way as its window, and not one more") {
  for (const std::uint64_t more : {0, 1}) {
    auto flow = two_stages();
    flow.stages[1].queue_items = 2;
    Fixture f(flow);
    f.join("s1", 0);
    f.request(1);
    const auto work = f.take("s1", Kind::work).at(0);
    REQUIRE(work.header.count == 2);
    for (std::uint64_t i = 0; i < 2 + more; ++i) f.emit("s1", work, false);
    CHECK(f.take("client", Kind::ended).size() == more);
    f.emit("s1", work, false);
    f.join("s2", 1);
    CHECK(f.take("s2", Kind::work).empty());
  }
}

TEST_CASE("a window is full by bytes, too; one message always has room, and an ack makes some") {
  auto flow = two_stages();
  flow.stages[1].queue_bytes = 10;
  Fixture f(flow);
  f.join_all();
  f.request(1);
  const auto work = f.take("s1", Kind::work).at(0);
  for (int i = 0; i < 3; ++i) {
    f.emit("s1", work, false, "more than ten bytes");
    f.emit("s2", f.take("s2", Kind::work).at(0), true);
  }
  CHECK(f.take("client", Kind::ended).empty());
  f.emit("s1", work, false, "more than ten bytes");
  f.emit("s1", work, false, "more than ten bytes");
  CHECK(f.ended("client").fault.code == "protocol");
}

TEST_CASE("a process is sent so many tasks at once, however many it says that it takes") {
  Fixture f;
  f.join("s1", 0, std::numeric_limits<std::uint64_t>::max());
  for (std::uint64_t id = 1; id <= Gateway::kMaxCredit + 1; ++id) f.request(id);
  CHECK(f.take("s1", Kind::work).size() == Gateway::kMaxCredit);
}

TEST_CASE("a table that says the same in other bytes is the same; one that says more is not") {
  Fixture f;
  const auto known = executor::to_json(f.flow.stages[0].plugin);
  auto more = f.flow.stages[0].plugin;
  more.calls = {{"/run", "text.v1", "text.v1"}};
  const auto hello = [&](const std::string& table) {
    f.give("s1", {.kind = Kind::hello}, schemas::pack(schemas::Hello{"first", 0, 1, table}));
    const bool welcome = !f.take("s1", Kind::welcome).empty();
    CHECK(f.take("s1", Kind::refused).size() == (welcome ? 0 : 1));
    return welcome;
  };
  for (const std::string& table :
       {executor::to_json(more), std::string("{}"), std::string("["), std::string(),
        std::string(60'000, '['), known.substr(1), known + known, "[" + known + "]"}) {
    INFO(table.substr(0, 100));
    CHECK_FALSE(hello(table));
  }
  CHECK(hello(" \n" + known));
}

TEST_CASE("a message that the next stage cannot read is blamed on the stage that sent it") {
  const auto blamed = [](std::uint64_t places) {
    Fixture f;
    f.join_all();
    f.request(1);
    f.emit("s1", f.take("s1", Kind::work).at(0), true);
    const auto work = f.take("s2", Kind::work).at(0);
    f.give("s2", {.kind = Kind::failed, .id = work.header.id, .count = places},
           schemas::pack(schemas::Fault{"protocol", "", "", "text.v1: 'text' is nil", ""}));
    return f.ended("client").fault;
  };
  CHECK(blamed(1).stage == "first");
  CHECK(blamed(1).cause == "'second' cannot read what it sent: text.v1: 'text' is nil");
  CHECK(blamed(0).stage == "second");
  CHECK(blamed(2).stage == "second");  // there is none so far before it
}
