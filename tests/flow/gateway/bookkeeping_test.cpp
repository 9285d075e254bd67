#include "flow/gateway/bookkeeping.h"

#include <catch2/catch.hpp>

#include "tests/flow/gateway/memory_journal.h"

using flow::Bookkeeping;
using flow::CheckpointPace;
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

namespace {

constexpr auto kMoment = std::chrono::milliseconds(1);

// A job that runs, on a disk that takes all at once; how many of its checkpoints were noted.
struct Training : Desk {
  flow::Time now = flow::Time{} + std::chrono::hours(1);
  Training() {
    journal.at_once = true;
    books.accept(record("a", true), packet("x"));
    todo();
  }
  void tell(std::int64_t step) {
    books.progress("a", 1, {.stage = "t", .step = step, .checkpoint_step = step}, now);
  }
  void wait(std::chrono::milliseconds time) {
    now += time;
    books.tick(now);
  }
  std::int64_t step() { return journal.load().at(0).checkpoint_step; }
  std::size_t notes() {
    std::size_t count = 0;
    for (const auto& note : journal.history("a")) count += note.what == "checkpoint" ? 1 : 0;
    return count;
  }
};

}  // namespace

TEST_CASE("checkpoints are written at their pace, the latest of those that came meanwhile") {
  Training job;
  for (std::int64_t step = 1; step <= 10'000; ++step) job.tell(step);
  CHECK(job.step() == 1);
  CHECK(job.books.ledger().find("a")->checkpoint_step == 10'000);
  job.wait(CheckpointPace::kEvery - kMoment);
  CHECK(job.step() == 1);
  job.wait(kMoment);
  CHECK(job.step() == 10'000);
  CHECK(job.notes() == 2);
  CHECK(job.journal.history("a").back().text == "step 10000");
  job.wait(CheckpointPace::kEvery);
  CHECK(job.notes() == 2);
  job.tell(10'001);
  CHECK(job.step() == 10'001);
}

TEST_CASE("a job has lines of so many checkpoints, and of later ones the step alone") {
  Training job;
  constexpr auto kMost = static_cast<std::int64_t>(CheckpointPace::kMostNotes);
  for (std::int64_t step = 1; step <= kMost; ++step) {
    job.tell(step);
    job.wait(CheckpointPace::kEvery);
  }
  CHECK(job.notes() == CheckpointPace::kMostNotes);
  job.tell(kMost + 1);
  CHECK(job.notes() == CheckpointPace::kMostNotes);
  CHECK(job.step() == kMost + 1);
}

TEST_CASE("a checkpoint that was held back is not written after the job's end, or when useless") {
  Training job;
  job.tell(1);
  job.tell(2);
  SECTION("the end has it") {
    job.books.note({JobEvent::Type::finish, "a"});
    job.todo();
    CHECK(job.step() == 2);
  }
  SECTION("it cannot be used") {
    job.books.fail("a", 1, {"no_checkpoint", "t", "", "gone", ""});
    job.todo();
    CHECK(job.step() == 0);
  }
  const auto before = job.journal.history("a").size();
  job.wait(CheckpointPace::kEvery);
  CHECK(job.journal.history("a").size() == before);
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
