// Deadlines, queues in bytes, batches and sticky routing, as far as the gateway
// decides them.
#include <catch2/catch.hpp>

#include "tests/flow/gateway/gateway_fixture.h"

using namespace flow;
using namespace flow_test;
using std::chrono::milliseconds;

namespace {

void ask_until(Fixture& f, std::uint64_t id, std::uint64_t deadline_ms,
               const std::string& key = "") {
  Header header{
      .kind = Kind::request, .id = id, .endpoint = "/run", .type = "text.v1", .owner = "me"};
  header.deadline_ms = deadline_ms;
  header.key = key;
  f.give("client", header, schemas::pack(schemas::Text{"x"}));
}

}  // namespace

TEST_CASE("a stage hears how much time is left, and the job fails when none is") {
  Fixture f;
  f.join_all();
  ask_until(f, 1, 500);
  const auto first = f.take("s1", Kind::work).at(0);
  CHECK(first.header.deadline_ms == 500);
  f.now += milliseconds(200);
  f.emit("s1", first, true);
  CHECK(f.take("s2", Kind::work).at(0).header.deadline_ms == 300);
  f.now += milliseconds(299);
  f.gateway().on_tick(f.now);
  CHECK(f.take("client", Kind::ended).empty());
  f.now += milliseconds(1);
  f.gateway().on_tick(f.now);
  CHECK(f.ended("client").fault.code == "timeout");
}

TEST_CASE("a call has no more time than the job that makes it") {
  Fixture f(with_calls());
  f.join_all();
  ask_until(f, 1, 400);
  const auto work = f.take("s1", Kind::work).at(0);
  f.now += milliseconds(100);
  f.call("s1", work.header.job, 50);
  CHECK(f.take("s1", Kind::work).at(0).header.deadline_ms == 300);
}

TEST_CASE("a durable job has no deadline, and a request without one has none") {
  Fixture f;
  f.join_all();
  ask_until(f, 1, 500, "key");
  ask_until(f, 2, 0);
  for (const auto& work : f.take("s1", Kind::work)) CHECK(work.header.deadline_ms == 0);
  f.now += std::chrono::seconds(5);
  f.give("s1", {.kind = Kind::beat});
  f.give("s2", {.kind = Kind::beat});
  f.gateway().on_tick(f.now);
  CHECK(f.take("client", Kind::ended).empty());
}

TEST_CASE("a queue that rejects is full by bytes, too; one message always has room") {
  Fixture f;
  f.flow.stages[0].when_full = WhenFull::reject;
  f.flow.stages[0].queue_items = 10;
  const std::string text(100, 'x');
  f.flow.stages[0].queue_bytes = 2 * schemas::pack(schemas::Text{text}).size();
  for (std::uint64_t id = 1; id <= 3; ++id) f.request(id, "/run", text);
  CHECK(f.take("client", Kind::accepted).size() == 2);
  CHECK(f.refused().code == "queue_full");
  Fixture small;
  small.flow.stages[0].when_full = WhenFull::reject;
  small.flow.stages[0].queue_bytes = 1;
  small.request(1, "/run", text);
  CHECK(small.take("client", Kind::accepted).size() == 1);
  small.request(2, "/run", text);
  CHECK(small.refused().code == "queue_full");
}

TEST_CASE("a queue further along the route that rejects is full for the route, too") {
  Fixture f;
  f.flow.stages[1].when_full = WhenFull::reject;
  f.flow.stages[1].queue_items = 2;
  f.join("s1", 0);
  for (std::uint64_t id = 1; id <= 2; ++id) f.request(id);
  for (const auto& work : f.take("s1", Kind::work)) f.emit("s1", work, true);
  CHECK(f.take("client", Kind::accepted).size() == 2);
  f.request(3);
  CHECK(f.refused().cause.find("'second' is full") != std::string::npos);
  f.join("s2", 1);  // takes what waits
  f.request(4);
  CHECK(f.take("client", Kind::accepted).size() == 1);
}

TEST_CASE(
    "a stream's window is told in messages and in bytes, and what was "
    "taken likewise") {
  Fixture f;
  f.flow.stages[1].queue_bytes = 1'000;
  f.join_all();
  f.request(1);
  const auto source = f.take("s1", Kind::work).at(0);
  CHECK(source.header.count == 64);
  CHECK(source.header.bytes == 1'000);
  const std::string text(50, 'y');
  f.emit("s1", source, false, text);
  f.emit("s1", source, false, text);
  for (const auto& work : f.take("s2", Kind::work))
    f.give("s2", {.kind = Kind::done, .id = work.header.id});
  const auto acked = f.take("s1", Kind::ack);
  REQUIRE(acked.size() == 2);
  CHECK(acked[1].header.count == 2);
  CHECK(acked[1].header.bytes == 2 * schemas::pack(schemas::Text{text}).size());
}

TEST_CASE("equal messages come as one batch, others and durable ones do not") {
  Fixture f;
  f.flow.stages[0].batch = {3, 20, {"text"}};
  f.made = f.make();
  f.join_all();
  f.request(1, "/run", "same");
  f.request(2, "/run", "other");
  f.request(3, "/run", "same");
  CHECK(f.take("s1", Kind::work).empty());
  f.request(4, "/durable", "same");
  CHECK(f.take("s1", Kind::work).size() == 1);
  f.request(5, "/run", "same");
  const auto batch = f.take("s1", Kind::work);
  REQUIRE(batch.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) CHECK(batch[i].header.batch == 2 - i);
  CHECK(f.gateway().next_due(f.now) == f.now + milliseconds(20));
  f.now += milliseconds(20);
  f.gateway().on_due(f.now);
  const auto alone = f.take("s1", Kind::work);
  // The durable job, the batch: credit of 4 is used up.
  CHECK(alone.empty());
  for (const auto& work : batch) f.emit("s1", work, true);
  CHECK(f.take("s1", Kind::work).size() == 1);
}

TEST_CASE("messages with one value of the sticky field go to one replica") {
  Fixture f;
  f.flow.stages[0].sticky = "text";
  f.flow.stages[0].replicas = 2;
  f.made = f.make();
  f.join("a", 0, 4, 0);
  f.join("b", 0, 4, 1);
  for (std::uint64_t id = 1; id <= 6; ++id) f.request(id, "/run", id % 2 == 0 ? "cats" : "dogs");
  const auto at_a = f.take("a", Kind::work), at_b = f.take("b", Kind::work);
  REQUIRE(at_a.size() == 3);
  REQUIRE(at_b.size() == 3);
  for (const auto& work : at_a) CHECK(work.body.view() == at_a[0].body.view());
  for (const auto& work : at_b) CHECK(work.body.view() == at_b[0].body.view());
}
