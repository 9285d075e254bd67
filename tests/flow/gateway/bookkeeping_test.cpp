#include "flow/gateway/bookkeeping.h"

#include <catch2/catch.hpp>

#include "tests/flow/gateway/memory_journal.h"

using flow::Bookkeeping;
using flow::JobAction;
using flow::JobEvent;
using flow::JobRecord;
using flow_test::MemoryJournal;
using Type = JobAction::Type;

namespace {

JobRecord record(const std::string& id, bool durable, const std::string& serial_key = "") {
  JobRecord record{.id = id};
  record.owner = "me";
  record.durable = durable;
  record.serial_key = serial_key;
  return record;
}

executor::Packet packet(const std::string& body) {
  executor::Packet packet;
  packet.header.type = "text.v1";
  packet.body = schemas::Blob(body);
  return packet;
}

// Books whose disk is told when to commit.
struct Desk {
  MemoryJournal journal;
  std::int64_t wall_ms = 1'000;
  Bookkeeping books{journal, [this] { return wall_ms; }};

  Desk() { journal.at_once = false; }
  /// All that is to be done now: "start a", "end a".
  std::vector<std::string> todo() {
    std::vector<std::string> found;
    while (const auto action = books.next()) {
      const char* const names[] = {"save", "forget", "accepted", "stop", "start", "end"};
      found.push_back(std::string(names[static_cast<int>(action->type)]) + " " + action->job);
    }
    return found;
  }
};

using List = std::vector<std::string>;

}  // namespace

TEST_CASE("what concerns no durable job is to be done at once, and nothing is written") {
  Desk desk;
  desk.books.accept(record("a", false), packet("x"));
  CHECK(desk.todo() == List{"accepted a", "start a"});
  desk.books.note({JobEvent::Type::finish, "a"});
  CHECK(desk.books.ledger().is_open("a"));  // put down, not yet done
  CHECK(desk.todo() == List{"end a"});
  CHECK_FALSE(desk.journal.busy());
}

TEST_CASE("of a durable job nothing is to be done before it is on disk, but to stop") {
  Desk desk;
  desk.books.accept(record("a", true), packet("request"));
  CHECK(desk.todo().empty());
  desk.journal.commit();
  CHECK(desk.todo() == List{"accepted a", "start a"});
  CHECK(desk.journal.request("a").body.view() == "request");
  desk.books.note({.type = JobEvent::Type::lose, .job = "a", .fault = {"x", "", "", "died", ""}});
  CHECK(desk.todo() == List{"stop a"});
  desk.journal.commit();
  CHECK(desk.todo() == List{"start a"});
}

TEST_CASE("the results of a job that ends well are written with its end") {
  Desk desk;
  desk.books.accept(record("a", true), packet("request"));
  desk.journal.commit();
  desk.todo();
  desk.books.note({JobEvent::Type::finish, "a"}, {packet("one"), packet("two")});
  CHECK(desk.todo().empty());
  CHECK(desk.journal.results("a").empty());
  desk.journal.commit();
  CHECK(desk.todo() == List{"end a"});
  CHECK(desk.journal.results("a").size() == 2);
}

TEST_CASE("commits are waited for in order, and what waits for none overtakes them") {
  Desk desk;
  desk.books.accept(record("a", true), packet("x"));
  desk.books.accept(record("b", true), packet("x"));
  desk.books.accept(record("c", false), packet("x"));
  CHECK(desk.todo() == List{"accepted c", "start c"});
  desk.journal.commit(1);
  CHECK(desk.todo() == List{"accepted a", "start a"});
  desk.journal.commit(1);
  CHECK(desk.todo() == List{"accepted b", "start b"});
}

TEST_CASE("an event that is noted while another is followed comes after it") {
  Desk desk;
  desk.books.accept(record("a", false), packet("x"));
  desk.books.accept(record("b", false), packet("x"));
  desk.todo();
  desk.books.cancel("a", "the client is gone");
  REQUIRE(desk.books.next()->job == "a");
  desk.books.cancel("b", "the asking job has ended");
  desk.books.fail("b", 1, {"bad_input", "", "", "too late", ""});
  CHECK(desk.todo() == List{"end b"});
  CHECK(desk.books.ledger().find("b")->fault.cause == "the asking job has ended");
}

TEST_CASE("after a restart what was committed goes on, and the rest never was") {
  Desk desk;
  desk.books.accept(record("a", true), packet("x"));
  desk.journal.commit();
  desk.books.accept(record("b", true), packet("x"));
  desk.journal.crash();
  Bookkeeping again(desk.journal, [] { return std::int64_t{2'000}; });
  const auto records = again.restore();
  REQUIRE(records.size() == 1);
  CHECK(records[0].id == "a");
  CHECK_FALSE(again.next());
  desk.journal.commit();
  CHECK(again.next()->type == Type::start);
  CHECK_FALSE(again.next());
}

TEST_CASE("an ended job is kept for a week, to the millisecond, and looked for each minute") {
  Desk desk;
  desk.journal.at_once = true;
  desk.books.accept(record("a", true), packet("x"));
  desk.books.cancel("a", "enough");
  desk.todo();
  flow::Time now = flow::Time{} + std::chrono::hours(1);
  desk.wall_ms += std::chrono::milliseconds(Bookkeeping::kKept).count();
  desk.books.tick(now);
  CHECK(desk.books.ledger().find("a") != nullptr);
  desk.wall_ms += 1;
  now += Bookkeeping::kExpiry - std::chrono::milliseconds(1);
  desk.books.tick(now);
  CHECK(desk.books.ledger().find("a") != nullptr);
  desk.books.tick(now + std::chrono::milliseconds(1));
  CHECK(desk.books.ledger().find("a") == nullptr);
  CHECK(desk.journal.load().empty());
}
