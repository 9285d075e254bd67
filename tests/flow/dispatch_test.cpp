#include "flow/dispatch.h"

#include <catch2/catch.hpp>

using flow::Dispatch;
using flow::Work;
using flow::Worker;

namespace {

Worker worker(const std::string& peer, std::uint64_t credit, bool ready = true) {
  Worker out;
  out.peer = peer;
  out.credit = credit;
  out.ready = ready;
  return out;
}

Work work(std::uint64_t id, const std::string& job, std::size_t hop = 0) {
  Work out;
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
  CHECK(next->first->peer == "b");
  CHECK(next->first->credit == 2);
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
  REQUIRE(dispatch.next({})->second->id == 1);
  dispatch.add(worker("b", 4));
  dispatch.push(work(3, "other"));
  const auto next = dispatch.next({});
  REQUIRE(next);
  CHECK(next->second->id == 3);
  CHECK(next->first->peer == "b");
  CHECK_FALSE(dispatch.next({}));
  dispatch.find("a")->credit = 1;
  CHECK(dispatch.next({})->second->id == 2);
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
