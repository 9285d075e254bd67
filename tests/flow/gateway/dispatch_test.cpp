#include "flow/gateway/dispatch.h"

#include <catch2/catch.hpp>
#include <map>

using flow::Dispatch;
using flow::Task;
using flow::Worker;

namespace {

Worker worker(const std::string& peer, std::uint64_t credit, bool ready = true) {
  Worker out;
  out.peer = peer;
  out.credit = credit;
  out.ready = ready;
  return out;
}

Task work(std::uint64_t id, const std::string& job, std::size_t hop = 0) {
  Task out;
  out.id = id;
  out.job = job;
  out.hop = hop;
  return out;
}

}  // namespace

TEST_CASE("work goes to the worker with the most credit") {
  Dispatch dispatch;
  dispatch.add(worker("a", 1));
  dispatch.add(worker("b", 3));
  dispatch.push(work(1, "job"));
  const auto next = dispatch.next({});
  REQUIRE(next);
  CHECK(next->worker->peer == "b");
  CHECK(next->worker->credit == 2);
}

TEST_CASE("no credit, no work: it waits, and a worker that is not ready gets none") {
  Dispatch dispatch;
  dispatch.add(worker("a", 0));
  dispatch.add(worker("b", 4, false));
  dispatch.push(work(1, "job"));
  CHECK_FALSE(dispatch.next({}));
  CHECK(dispatch.waiting() == 1);
}

TEST_CASE("all work of one job and hop goes to one worker in order; other jobs pass by") {
  Dispatch dispatch;
  dispatch.add(worker("a", 1));
  dispatch.push(work(1, "stream"));
  dispatch.push(work(2, "stream"));
  REQUIRE(dispatch.next({})->tasks[0]->id == 1);
  dispatch.add(worker("b", 4));
  dispatch.push(work(3, "other"));
  const auto next = dispatch.next({});
  REQUIRE(next);
  CHECK(next->tasks[0]->id == 3);
  CHECK(next->worker->peer == "b");
  CHECK_FALSE(dispatch.next({}));
  dispatch.find("a")->credit = 1;
  CHECK(dispatch.next({})->tasks[0]->id == 2);
}

TEST_CASE("owners take turns: one with little waiting does not wait for all of the other's") {
  Dispatch dispatch;
  const auto push = [&](std::uint64_t id, const std::string& owner) {
    Task sent = work(id, "job" + std::to_string(id));
    sent.packet.header.owner = owner;
    dispatch.push(sent);
  };
  for (std::uint64_t id = 1; id <= 5; ++id) push(id, "flood");
  push(6, "ann");
  push(7, "ann");
  push(8, "bob");
  dispatch.add(worker("a", 3));
  std::vector<std::uint64_t> order;
  while (const auto next = dispatch.next({})) order.push_back(next->tasks[0]->id);
  push(9, "bob");  // had a turn like the flood's third
  dispatch.find("a")->credit = 100;
  while (const auto next = dispatch.next({})) order.push_back(next->tasks[0]->id);
  CHECK(order == std::vector<std::uint64_t>{1, 6, 8, 2, 7, 9, 3, 4, 5});
}

TEST_CASE("a worker that takes long for each work gets the next one when it has none in hand") {
  using std::chrono::milliseconds;
  for (const bool slow : {false, true}) {
    Dispatch dispatch;
    dispatch.add(worker("a", 4));
    flow::Time now{};
    dispatch.push(work(1, "first"));
    const auto load = dispatch.next(now);
    Worker& busy = *load->worker;
    const Task first = *load->tasks[0];
    now += Dispatch::kLong - milliseconds(slow ? 0 : 1);
    busy.in_flight.erase(first.id);
    ++busy.credit;
    flow::note_done(busy, first, now);
    for (std::uint64_t id = 2; id <= 4; ++id) dispatch.push(work(id, "job" + std::to_string(id)));
    int sent = 0;
    while (dispatch.next(now)) ++sent;
    CHECK(sent == (slow ? 1 : 3));
  }
}

TEST_CASE("how long a work took counts from when its worker could begin it") {
  using std::chrono::milliseconds;
  Worker busy = worker("a", 4);
  Task both = work(1, "job");
  const flow::Time begin{};
  both.sent = begin;
  flow::note_done(busy, both, begin + milliseconds(40));
  CHECK(busy.mean_ms == Approx(40));
  flow::note_done(busy, both, begin + milliseconds(80));
  CHECK(busy.mean_ms == Approx(40));
  CHECK(busy.done == 2);
}

TEST_CASE("one owner's tasks keep their order, however many owners there are") {
  Dispatch dispatch;
  const auto push = [&](std::uint64_t id, const std::string& owner) {
    Task sent = work(id, "job");
    sent.packet.header.owner = owner;
    dispatch.push(sent);
  };
  for (std::uint64_t id = 1; id <= 3; ++id) push(id, "ann");
  dispatch.add(worker("a", 2 * Dispatch::kMaxOwners));
  REQUIRE(dispatch.next({})->tasks[0]->id == 1);
  for (std::uint64_t i = 0; i <= Dispatch::kMaxOwners; ++i) push(100, "o" + std::to_string(i));
  push(4, "ann");
  std::vector<std::uint64_t> order;
  while (const auto next = dispatch.next({})) {
    if (next->tasks[0]->id < 100) order.push_back(next->tasks[0]->id);
  }
  CHECK(order == std::vector<std::uint64_t>{2, 3, 4});
}

TEST_CASE("forgetting a job drops its waiting work and its binding") {
  Dispatch dispatch;
  dispatch.add(worker("a", 1));
  dispatch.push(work(1, "job"));
  dispatch.push(work(2, "job"));
  dispatch.next({});
  CHECK(dispatch.bound_hops("job", "a") == std::vector<std::size_t>{0});
  dispatch.forget("job");
  CHECK(dispatch.waiting() == 0);
  CHECK(dispatch.bound_hops("job", "a").empty());
}

TEST_CASE("of equal workers the least loaded gets the next work, in turn") {
  Dispatch dispatch;
  for (const char* peer : {"a", "b", "c"}) dispatch.add(worker(peer, 4));
  std::map<std::string, int> got;
  for (std::uint64_t id = 1; id <= 9; ++id) {
    dispatch.push(work(id, "job" + std::to_string(id)));
    ++got[dispatch.next({})->worker->peer];
  }
  CHECK(got == std::map<std::string, int>{{"a", 3}, {"b", 3}, {"c", 3}});
}

TEST_CASE(
    "tasks with one sticky text go to one worker, and to another while "
    "it has no credit") {
  Dispatch dispatch;
  dispatch.add(worker("a", 2));
  dispatch.add(worker("b", 2));
  const auto next = [&](std::uint64_t id, const std::string& text) {
    Task sent = work(id, "job" + std::to_string(id));
    sent.sticky = text;
    dispatch.push(sent);
    return dispatch.next({})->worker->peer;
  };
  CHECK(next(1, "cats") == "a");
  CHECK(next(2, "dogs") == "b");
  CHECK(next(3, "cats") == "a");
  CHECK(next(4, "cats") == "b");  // a is full
  dispatch.find("a")->credit = dispatch.find("b")->credit = 2;
  CHECK(next(5, "cats") == "a");  // still at home there
  dispatch.remove("a");
  CHECK(next(6, "cats") == "b");
}

TEST_CASE(
    "a batch goes when it is full, or when its first message has waited "
    "long enough") {
  using std::chrono::milliseconds;
  Dispatch dispatch({3, 20, {}});
  dispatch.add(worker("a", 8));
  const auto push = [&](std::uint64_t id, const std::string& batch, int at_ms) {
    Task sent = work(id, "job" + std::to_string(id));
    sent.batch = batch;
    sent.queued = flow::Time{} + milliseconds(at_ms);
    dispatch.push(sent);
  };
  push(1, "x", 0);
  push(2, "y", 5);
  push(3, "x", 6);
  CHECK_FALSE(dispatch.next(flow::Time{} + milliseconds(19)));
  CHECK(dispatch.next_due(flow::Time{}) == flow::Time{} + milliseconds(20));
  push(4, "x", 7);
  const auto full = dispatch.next(flow::Time{} + milliseconds(8));
  REQUIRE(full);
  CHECK(full->tasks.size() == 3);
  CHECK(full->tasks[2]->id == 4);
  CHECK(dispatch.find("a")->credit == 5);
  CHECK_FALSE(dispatch.next(flow::Time{} + milliseconds(24)));
  const auto late = dispatch.next(flow::Time{} + milliseconds(25));
  REQUIRE(late);
  CHECK(late->tasks.size() == 1);
  CHECK_FALSE(dispatch.next_due(flow::Time{}));
}

TEST_CASE("the bytes that wait are counted, and forgotten with their job") {
  Dispatch dispatch;
  Task first = work(1, "one"), second = work(2, "two");
  first.bytes = 100;
  second.bytes = 30;
  dispatch.push(first);
  dispatch.push(second);
  CHECK(dispatch.waiting_bytes() == 130);
  dispatch.forget("one");
  CHECK(dispatch.waiting_bytes() == 30);
  dispatch.add(worker("a", 1));
  dispatch.next({});
  CHECK(dispatch.waiting_bytes() == 0);
}

TEST_CASE(
    "a worker on trial gets one work at a time, and what it had goes to "
    "another") {
  Dispatch dispatch;
  dispatch.add(worker("old", 4));
  dispatch.add(worker("new", 4)).state = flow::WorkerState::trial;
  Task single = work(1, "one");
  single.packet.header.last = true;
  dispatch.push(single);
  single.id = 2;
  single.job = "two";
  dispatch.push(single);
  CHECK(dispatch.next({})->worker->peer == "new");
  CHECK(dispatch.next({})->worker->peer == "old");
  dispatch.push(work(3, "stream"));  // not its last message: it could not be done again
  CHECK(dispatch.next({})->worker->peer == "old");
  dispatch.take_back(*dispatch.find("new"), 1);
  dispatch.remove("new");
  const auto again = dispatch.next({});
  REQUIRE(again);
  CHECK(again->tasks[0]->id == 1);
  CHECK(again->worker->peer == "old");
}

TEST_CASE("a worker that leaves finishes what is bound to it and gets nothing new") {
  Dispatch dispatch;
  dispatch.add(worker("a", 4));
  dispatch.push(work(1, "stream"));
  dispatch.next({});
  dispatch.find("a")->state = flow::WorkerState::leaving;
  dispatch.push(work(2, "other"));
  dispatch.push(work(3, "stream"));
  CHECK(dispatch.next({})->tasks[0]->id == 3);
  CHECK_FALSE(dispatch.next({}));
  CHECK(dispatch.is_bound("a"));
  dispatch.forget("stream");
  CHECK_FALSE(dispatch.is_bound("a"));
}
