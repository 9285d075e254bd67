#include "flow/gateway/stage_queues.h"

#include <catch2/catch.hpp>

using flow::GpuTurns;
using flow::Stage;
using flow::StageQueues;
using flow::Task;
using flow::Time;
using flow::Worker;
using std::chrono::milliseconds;

namespace {

const GpuTurns::WaitsFor kNobodyWaits = [](const std::string&, const std::string&) {
  return false;
};

// Two stages with one worker each: "s0" and "s1".
struct Shop {
  Time now = Time{} + std::chrono::hours(1);
  std::vector<Stage> stages{2};
  StageQueues queues;
  std::uint64_t last = 0;

  explicit Shop(bool shares_gpu = false) : queues((share(shares_gpu), stages)) {
    for (std::size_t stage = 0; stage < 2; ++stage) {
      Worker worker;
      worker.peer = "s" + std::to_string(stage);
      worker.ready = true;
      worker.credit = 4;
      worker.last_heard = now;
      queues.add(stage, worker);
    }
  }
  void share(bool shares_gpu) {
    for (auto& stage : stages) stage.shares_gpu = shares_gpu;
    stages[1].batch = {2, 20, {}};
  }
  void push(std::size_t stage, const std::string& job, const std::string& batch = "") {
    Task task;
    task.id = ++last;
    task.job = job;
    task.batch = batch;
    task.queued = now;
    task.packet.header.last = true;
    queues[stage].push(std::move(task));
  }
  /// "s0 a": who does which job next.
  std::string next(const GpuTurns::WaitsFor& waits_for = kNobodyWaits) {
    const auto turn = queues.next(now, waits_for);
    return turn ? turn->load.worker->peer + " " + turn->load.tasks.at(0)->job : "";
  }
};

}  // namespace

TEST_CASE("the work of every stage goes out to its worker until none is left") {
  Shop shop;
  shop.push(1, "a");
  shop.push(0, "b");
  shop.push(0, "c");
  CHECK(shop.next() == "s0 b");
  CHECK(shop.next() == "s0 c");
  CHECK(shop.next() == "s1 a");
  CHECK(shop.next().empty());
}

TEST_CASE("a peer is the worker of one stage until it is removed") {
  Shop shop;
  CHECK(shop.queues.stage_of("s1") == 1u);
  CHECK_FALSE(shop.queues.stage_of("client"));
  shop.queues.remove(1, "s1");
  CHECK_FALSE(shop.queues.stage_of("s1"));
  shop.push(1, "a");
  CHECK(shop.next().empty());
}

TEST_CASE("of stages that share a GPU one works at a time, and what it waits for meanwhile") {
  Shop shop(true);
  shop.push(0, "caller");
  shop.push(1, "another");
  shop.push(1, "called");
  CHECK(shop.next() == "s0 caller");
  CHECK(shop.next().empty());
  const GpuTurns::WaitsFor waits = [](const std::string& peer, const std::string& job) {
    return peer == "s0" && job == "called";
  };
  CHECK(shop.next(waits) == "s1 called");
  CHECK(shop.next(waits).empty());
}

TEST_CASE("what a job has waiting is dropped at every stage") {
  Shop shop;
  shop.push(0, "a");
  shop.push(1, "a");
  shop.push(1, "b");
  shop.queues.forget("a");
  CHECK(shop.next() == "s1 b");
  CHECK(shop.next().empty());
}

TEST_CASE("a job that was done at one worker is bound to none any more") {
  Shop shop;
  shop.push(0, "a");
  CHECK(shop.next() == "s0 a");
  CHECK(shop.queues[0].is_bound("s0"));
  shop.queues.unbind("a");
  CHECK_FALSE(shop.queues[0].is_bound("s0"));
}

TEST_CASE("the first batch of any stage says when something is due") {
  Shop shop;
  CHECK_FALSE(shop.queues.next_due(shop.now));
  shop.push(1, "a", "same");
  CHECK(shop.next().empty());
  CHECK(shop.queues.next_due(shop.now) == shop.now + milliseconds(20));
  shop.now += milliseconds(20);
  CHECK(shop.next() == "s1 a");
}

TEST_CASE("time in which nobody listened is no silence of the workers") {
  Shop shop;
  shop.queues.stood_still(milliseconds(700));
  for (std::size_t stage = 0; stage < 2; ++stage) {
    CHECK(shop.queues[stage].workers().at(0).last_heard == shop.now + milliseconds(700));
  }
}
