#include "flow/gateway/replicas.h"

#include <catch2/catch.hpp>

#include "executor/error.h"

using flow::Dispatch;
using flow::ReplicaAction;
using flow::Replicas;
using flow::Stage;
using flow::Task;
using flow::Time;
using flow::Worker;
using flow::WorkerState;
using std::chrono::milliseconds;

namespace {

using List = std::vector<std::string>;

List names(const Replicas::Actions& actions) {
  const char* const kinds[] = {"retire", "lose", "kill", "given_up", "swapped", "refused"};
  List found;
  for (const auto& action : actions) {
    const std::string kind = kinds[static_cast<int>(action.type)];
    const bool about_all = kind == "swapped" || kind == "refused" || kind == "given_up";
    found.push_back(about_all ? kind : kind + " " + std::to_string(action.replica));
  }
  return found;
}

// A stage of two processes, 0 and 1, and a plugin to swap its own for.
struct Bench {
  Time now = Time{} + std::chrono::hours(1);
  Stage stage = two("old");
  Dispatch workers;
  Replicas replicas{stage, workers};
  List started;
  bool can_start = true;
  Replicas::Start start = [this](std::uint32_t replica, const Stage& as) {
    if (!can_start) throw executor::Error("unavailable", "too many processes");
    started.push_back(std::to_string(replica) + " " + as.library.string());
  };

  static Stage two(const std::string& plugin) {
    Stage stage;
    stage.name = "trainer";
    stage.run = stage.plugin.name = plugin;
    stage.library = plugin + ".so";
    stage.replicas = 2;
    stage.ready_ms = 5'000;
    return stage;
  }
  Worker& join(std::uint32_t replica) {
    Worker worker;
    worker.peer = "p" + std::to_string(replica);
    worker.replica = replica;
    worker.state = replicas.state_of(replica);
    worker.ready = true;
    workers.add(worker);
    replicas.ready(replica, now);
    return *workers.find(replica);
  }
  void swap() {
    join(0);
    join(1);
    CHECK(replicas.swap(two("new"), {"operator", 9, "me"}, now, start).empty());
  }
  Replicas::Actions tick(milliseconds time = milliseconds(0)) {
    now += time;
    return replicas.tick(now, start);
  }
};

}  // namespace

TEST_CASE("a process that ends is lost; only when none is left is the stage given up") {
  Bench bench;
  CHECK(names(bench.replicas.died(0, "was killed", true, bench.now)) == List{"lose 0"});
  CHECK(bench.replicas.restarts() == 1);
  CHECK(names(bench.replicas.died(0, "was killed", false, bench.now)) == List{"lose 0"});
  CHECK(bench.replicas.given_up(0) == "was killed");
  CHECK_FALSE(bench.replicas.given_up());
  CHECK(names(bench.replicas.died(1, "exit code 3", false, bench.now)) ==
        List{"lose 1", "given_up"});
  CHECK(bench.replicas.given_up());
  bench.join(1);
  CHECK_FALSE(bench.replicas.given_up());
}

TEST_CASE("a stage of another host is never given up, and is ready without anybody") {
  Bench bench;
  bench.stage.remote = true;
  for (const std::uint32_t replica : {0u, 1u})
    bench.replicas.died(replica, "left", false, bench.now);
  CHECK_FALSE(bench.replicas.given_up());
  CHECK(bench.replicas.all_ready());
  CHECK(bench.tick(milliseconds(60'000)).empty());
}

TEST_CASE("what a process said of its own start counts more than how it ended, once") {
  Bench bench;
  bench.replicas.start_failed(0, "no such model");
  bench.replicas.died(1, "exit code 3", false, bench.now);
  bench.replicas.died(0, "exit code 3", false, bench.now);
  CHECK(bench.replicas.given_up(0) == "no such model");
  CHECK(bench.replicas.given_up(1) == "exit code 3");
  bench.replicas.died(0, "exit code 4", false, bench.now);
  CHECK(bench.replicas.given_up(0) == "exit code 4");
}

TEST_CASE("a process that was given up is started once a minute, and no more when it is ready") {
  Bench bench;
  bench.join(1);
  bench.replicas.died(0, "was killed", false, bench.now);
  bench.tick(Replicas::kSecondChance - milliseconds(1));
  CHECK(bench.started.empty());
  bench.tick(milliseconds(1));
  CHECK(bench.started == List{"0 old.so"});
  bench.can_start = false;
  bench.tick(Replicas::kSecondChance);
  CHECK(bench.replicas.given_up(0)->find("too many processes") != std::string::npos);
  bench.can_start = true;
  bench.join(0);
  bench.tick(2 * Replicas::kSecondChance);
  CHECK(bench.started.size() == 1);
}

TEST_CASE("a process that does not say hello in time is ended, while time that stood is none") {
  Bench bench;
  bench.join(1);
  CHECK(bench.tick().empty());
  CHECK(bench.tick(milliseconds(5'000)).empty());
  bench.replicas.stood_still(milliseconds(10));
  CHECK(bench.tick(milliseconds(10)).empty());
  CHECK(names(bench.tick(milliseconds(1))) == List{"kill 0"});
  CHECK(bench.tick(milliseconds(5'000)).empty());
}

TEST_CASE("more processes are started one by one; what cannot be started is not waited for") {
  Bench bench;
  CHECK(bench.replicas.scale(3, bench.start).empty());
  CHECK(bench.started == List{"2 old.so"});
  bench.can_start = false;
  CHECK_THROWS_AS(bench.replicas.scale(4, bench.start), executor::Error);
  CHECK(bench.replicas.wanted() == std::set<std::uint32_t>{0, 1, 2});
}

TEST_CASE("of fewer processes the last ones leave: absent ones at once, others when idle") {
  Bench bench;
  Worker& worker = bench.join(1);
  Task task;
  task.id = 7;
  worker.in_flight[7] = task;
  bench.replicas.scale(3, bench.start);
  CHECK(names(bench.replicas.scale(1, bench.start)) == List{"retire 2"});
  CHECK(bench.workers.find(1u)->state == WorkerState::leaving);
  CHECK_THROWS_AS(bench.replicas.stage_of(2), executor::Error);
  bench.workers.find(1u)->in_flight.clear();
  CHECK(names(bench.tick()) == List{"retire 1"});
  CHECK(names(bench.replicas.died(1, "ended", false, bench.now)) == List{"retire 1", "lose 1"});
}

TEST_CASE("a swap tries the new processes once all are ready, and lets the old ones leave") {
  Bench bench;
  bench.swap();
  CHECK(bench.started == List{"2 new.so", "3 new.so"});
  CHECK(bench.replicas.count() == 4);
  CHECK(bench.replicas.stage_of(2).run == "new");
  CHECK(bench.replicas.stage_of(0).run == "old");
  CHECK(bench.join(2).state == WorkerState::none);
  bench.join(3);
  for (const std::uint32_t replica : {2u, 3u}) {
    CHECK(bench.workers.find(replica)->state == WorkerState::trial);
  }
  bench.workers.find(2u)->done = Replicas::kTrialWorks - 1;
  CHECK(bench.tick().empty());
  bench.workers.find(3u)->done = 1;
  const auto actions = bench.tick();
  CHECK(names(actions) == List{"swapped", "retire 0", "retire 1"});
  CHECK(actions[0].asker.peer == "operator");
  CHECK(bench.stage.plugin.name == "new");
  CHECK(bench.replicas.wanted() == std::set<std::uint32_t>{2, 3});
  CHECK_FALSE(bench.replicas.is_swapping());
}

TEST_CASE("a swap that nothing comes to try is made after a second, unless something is tried") {
  Bench bench;
  bench.swap();
  bench.join(2);
  bench.join(3);
  CHECK(bench.tick(Replicas::kTrial - milliseconds(1)).empty());
  bench.workers.find(2u)->in_flight[1] = Task{};
  CHECK(bench.tick(milliseconds(1)).empty());
  bench.workers.find(2u)->in_flight.clear();
  CHECK(names(bench.tick()).at(0) == "swapped");
}

TEST_CASE("whatever goes wrong with a new process ends the new ones, and all is as it was") {
  const List all{"retire 2", "lose 2", "kill 2", "retire 3", "lose 3", "kill 3", "refused"};
  for (const std::string how : {"dies", "is lost", "fails", "is slow"}) {
    INFO(how);
    Bench bench;
    bench.swap();
    bench.join(2);
    Replicas::Actions actions;
    if (how == "dies") actions = bench.replicas.died(3, "signal 11", true, bench.now);
    if (how == "is lost") actions = bench.replicas.lost(2, "left");
    if (how == "fails") actions = bench.replicas.failed("no such symbol");
    if (how == "is slow") {
      CHECK(bench.tick(milliseconds(5'000)).empty());
      actions = bench.tick(milliseconds(1));
    }
    CHECK(names(actions) == all);
    CHECK_FALSE(actions.back().text.empty());
    CHECK(bench.stage.plugin.name == "old");
    CHECK(bench.replicas.wanted() == std::set<std::uint32_t>{0, 1});
    CHECK(bench.replicas.lost(0, "left").empty());
  }
}

TEST_CASE("a swap whose processes cannot be started is refused at once") {
  Bench bench;
  bench.can_start = false;
  const auto actions =
      bench.replicas.swap(Bench::two("new"), {"operator", 9, "me"}, bench.now, bench.start);
  CHECK(actions.back().type == ReplicaAction::Type::refused);
  CHECK_FALSE(bench.replicas.is_swapping());
}

TEST_CASE("of what is on trial only that goes back of which no answer is out") {
  Bench bench;
  Worker& worker = bench.join(0);
  worker.state = WorkerState::trial;
  for (const std::uint64_t id : {1u, 2u}) {
    Task& task = worker.in_flight[id];
    task.id = id;
    task.packet.header.last = true;
    task.emitted = id - 1;
  }
  flow::take_back_trials(bench.workers, worker);
  CHECK(bench.workers.waiting() == 1);
  CHECK(worker.in_flight.contains(2));
}
