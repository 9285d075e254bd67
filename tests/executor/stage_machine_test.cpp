// The life of a stage: joining, beats, ends, another gateway, the stop.
#include "executor/stage_machine.h"

#include "executor/describe.h"
#include "executor/files/file_error.h"
#include "schemas/fault.h"
#include "tests/executor/scripted_stage.h"

using namespace executor_test;
using executor::StageMachine;

TEST_CASE("a stage says hello, constructs its executor, says what it will hold, and leaves") {
  ScriptedStage stage;
  stage.welcome.gpu_memory_bytes = 5;
  stage.welcome.open_jobs = {"j-1"};
  CHECK(stage.run() == StageMachine::kEndedInOrder);
  REQUIRE(stage.port.sent.size() == 3);
  const Packet& hello = stage.port.sent[0];
  CHECK(hello.header.kind == Kind::hello);
  CHECK(hello.header.channel == 77);
  const auto body = schemas::unpack<schemas::Hello>(hello.body.view());
  CHECK(body.name == "second");
  CHECK(body.replica == 3);
  CHECK(body.pid == 42);
  CHECK(body.plugin == executor::to_json(stage.plugin));
  CHECK(stage.port.sent[1].header.kind == Kind::ready);
  CHECK(stage.port.sent[1].header.count == StageMachine::kCredit);
  CHECK(stage.port.sent[2].header.kind == Kind::bye);
  CHECK(stage.told == std::vector<std::string>{"stopping"});
  CHECK(stage.port.gpu_memory_bytes == 5);
  CHECK(stage.open_jobs == std::set<std::string>{"j-1"});
}

TEST_CASE("with batches the credit is two whole ones when that is more") {
  for (const auto& [batch, credit] : {std::pair{1, 4u}, {2, 4u}, {3, 6u}}) {
    ScriptedStage stage;
    stage.welcome.batch = batch;
    stage.run();
    CHECK(stage.take(Kind::ready).at(0).header.count == credit);
  }
}

TEST_CASE("an executor that cannot be constructed: the gateway hears why, and the stage ends") {
  ScriptedStage stage;
  stage.port.make = [](const executor::Setup& setup) -> std::unique_ptr<executor::Executor> {
    setup.loading("weights");
    throw executor::Error("not_found", "no weights");
  };
  CHECK(stage.run() == StageMachine::kCannotStart);
  CHECK(std::string(stage.take(Kind::loading).at(0).body.view()) == "weights");
  CHECK(stage.failures() == std::vector<std::string>{"not_found"});
  CHECK(stage.take(Kind::ready).empty());
  CHECK(stage.port.lines == std::vector<std::string>{"cannot start: no weights"});
}

TEST_CASE("a stage that the gateway refuses ends with an error") {
  ScriptedStage stage;
  stage.port.coming.push_back({Packet{Header{.kind = Kind::refused}, {}, {}}});
  CHECK_THROWS_WITH(stage.run(), "the gateway refused this stage");
  ScriptedStage told;
  const schemas::Fault fault{"not_found", "gateway", "", "no such stage", "see the flow"};
  told.port.coming.push_back(
      {executor::packet_of({.kind = Kind::refused}, schemas::Message::of(fault))});
  try {
    told.run();
    FAIL("it was not refused");
  } catch (const executor::Error& error) {
    CHECK(std::string(error.what()) == "the gateway refused this stage: no such stage");
    CHECK(error.hint() == "see the flow");
  }
}

TEST_CASE("a stage that is stopped before it was welcomed leaves without an executor") {
  ScriptedStage stage;
  stage.port.stop = true;
  CHECK(stage.run() == StageMachine::kEndedInOrder);
  CHECK(stage.told.empty());
}

TEST_CASE("an idle stage beats twice a beat time, and a busy one at its Outbox calls") {
  ScriptedStage stage;
  std::size_t beats = 0;
  stage.then([] {});
  stage.then([] {});
  stage.then([&] {
    beats = stage.take(Kind::beat).size();
    stage.give(task(5), text("1"));
  });
  stage.process = [&](const auto&, executor::Outbox& out) {
    stage.port.time += 999ms;
    out.progress({});  // sent, and so a sign of life
    stage.port.time += 999ms;
    CHECK_FALSE(out.cancelled());
    CHECK(stage.take(Kind::beat).empty());
    stage.port.time += 1ms;
    CHECK_FALSE(out.cancelled());
    CHECK(stage.take(Kind::beat).at(0).header.id == 5);
    out.expect_silence(7'000);
    out.expect_steps_of(8'000);
  };
  stage.run();
  CHECK(beats == 2);
  const auto announced = stage.take(Kind::beat);
  REQUIRE(announced.size() == 2);
  CHECK(announced[0].header.count == 7'000);
  CHECK(announced[0].header.seq == 0);
  CHECK(announced[1].header.count == 8'000);
  CHECK(announced[1].header.seq == 1);
}

TEST_CASE("the executor is told between two tasks how jobs ended") {
  ScriptedStage stage;
  stage.process = [&](const schemas::Message& in, executor::Outbox& out) {
    if (in.job == "j") {
      stage.give_ended("k", "done");
      stage.give_ended("l", "cancelled");
      stage.give_ended("m", "failed");
      stage.give_ended("n", "interrupted", 1);
    }
    out.send(in);
  };
  stage.then([&] {
    stage.give(task(1), text("1"));
    stage.give(task(2, "o"), text("2"));
  });
  stage.run();
  CHECK(stage.told == std::vector<std::string>{"process 1", "ended k done", "ended l cancelled",
                                               "ended m failed", "interrupted n", "process 2",
                                               "stopping"});
}

TEST_CASE("an attempt that begins again is not over") {
  ScriptedStage stage;
  stage.then([&] {
    stage.give(part(1, 0), text("1"));
    stage.give_ended("j", "interrupted", 1);
    stage.give(part(2, 1), text("2"));
    stage.give(part(3, 0, 2), text("3"));
  });
  stage.process = [&](const schemas::Message& in, executor::Outbox& out) { out.send(in); };
  stage.run();
  // The first one broke off at its send.
  CHECK(stage.told ==
        std::vector<std::string>{"process 1", "interrupted j", "process 3", "stopping"});
  CHECK(stage.failures() == std::vector<std::string>{"cancelled"});
  CHECK(stage.take(Kind::done).at(0).header.id == 2);
  CHECK(stage.take(Kind::emit).at(0).header.id == 3);
}

TEST_CASE("a gateway that does not know the stage gets a hello, and what the former gave is void") {
  ScriptedStage stage;
  stage.then([&] {
    stage.give(part(1, 0, 1, "open"), text("1"));
    stage.give(part(2, 0, 1, "gone"), text("2"));
  });
  stage.then([&] {
    stage.take(Kind::hello);
    stage.take(Kind::ready);
    stage.give_refused();
    stage.give(task(3, "void"), text("3"));
  });
  stage.then([&] {
    CHECK(stage.take(Kind::hello).size() == 1);
    stage.welcome.open_jobs = {"open"};
    stage.give_welcome();
  });
  stage.then([&] {
    CHECK(stage.take(Kind::ready).size() == 1);
    stage.give(part(1, 0, 2, "open"), text("4"));
  });
  stage.run();
  CHECK(stage.told == std::vector<std::string>{"process 1", "process 2", "ended gone failed",
                                               "interrupted open", "process 4", "stopping"});
  CHECK(stage.failures().empty());
}

TEST_CASE("after another gateway's welcome an executor that hears of ends hears of every job's") {
  for (const bool hears : {true, false}) {
    ScriptedStage stage;
    stage.plugin.hears_end = hears;
    stage.then([&] {
      stage.give(task(1, "open"), text("1"));
      stage.give(task(2, "gone"), text("2"));
      stage.give(task(3, "ended"), text("3"));
    });
    stage.then([&] { stage.give_ended("ended", "done"); });
    stage.then([&] { stage.give_refused(); });
    stage.then([&] {
      stage.welcome.open_jobs = {"open"};
      stage.give_welcome();
    });
    stage.run();
    std::vector<std::string> told = {"process 1", "process 2", "process 3", "ended ended done"};
    if (hears) told.insert(told.end(), {"ended gone failed", "interrupted open"});
    told.emplace_back("stopping");
    CHECK(stage.told == told);
  }
}

TEST_CASE("a stop breaks off the task in hand, which is nobody's failure") {
  ScriptedStage stage;
  stage.then([&] {
    stage.give(task(1), text("1"));
    stage.give(task(2), text("2"));
  });
  stage.process = [&](const auto&, executor::Outbox& out) {
    stage.port.stop = true;
    CHECK_THROWS_AS(out.progress({}), executor::Cancelled);
    throw executor::Cancelled();
  };
  CHECK(stage.run() == StageMachine::kEndedInOrder);
  CHECK(stage.told == std::vector<std::string>{"process 1", "stopping"});
  CHECK(stage.failures().empty());
  CHECK(stage.port.sent.back().header.kind == Kind::bye);
}

TEST_CASE("a stage whose gateway is restarted while it joins says hello again") {
  ScriptedStage stage;
  for (auto waited = 0ms; waited < StageMachine::kHelloAgain - 100ms; waited += 100ms) {
    stage.then([&] { CHECK(stage.take(Kind::hello).size() <= 1); });
  }
  stage.then([&] { CHECK(stage.take(Kind::hello).empty()); });
  stage.then([&] {
    CHECK(stage.take(Kind::hello).size() == 1);
    stage.give_welcome();
  });
  CHECK(StageMachine({"second", 3, 42}, stage.plugin, stage.port).run() == 0);
  CHECK(stage.take(Kind::ready).size() == 1);
}

TEST_CASE("a gateway that refuses a stage it knew is not asked again at once") {
  ScriptedStage stage;
  stage.then([&] {
    stage.port.time += StageMachine::kHelloAgain;
    stage.take(Kind::hello);
  });
  for (int i = 0; i < 10; ++i) stage.then([&] { stage.give(Kind::refused); });
  stage.then([&] { CHECK(stage.take(Kind::hello).size() == 1); });
  stage.then([&] { stage.give(Kind::refused); });
  stage.then([&] { CHECK(stage.take(Kind::hello).size() == 1); });
  stage.run();
}

TEST_CASE(
    "a task in hand breaks off when the gateway is another one, which hears no failure of it") {
  ScriptedStage stage;
  stage.then([&] { stage.give(task(1), text("1")); });
  stage.process = [&](const auto&, executor::Outbox& out) {
    stage.give(Kind::refused);
    out.progress({});
  };
  stage.run();
  CHECK(stage.failures().empty());
  CHECK(stage.take(Kind::progress).empty());
}

TEST_CASE("a stage beats between the ends that it tells, for tidying up takes time") {
  ScriptedStage stage;
  std::vector<std::size_t> beats;
  stage.on_told = [&](const std::string&) {
    beats.push_back(stage.take(Kind::beat).size());
    stage.port.time += 1s;
  };
  stage.then([&] {
    stage.give(task(1, "m"), text("1"));
    for (const char* job : {"j", "k", "l"}) stage.give_ended(job, "done");
  });
  stage.process = [&](const auto&, executor::Outbox& out) { out.cancelled(); };
  // The first task takes all the ends in; they are told before the second.
  stage.then([&] { stage.give(task(2, "m"), text("2")); });
  stage.run();
  CHECK(stage.told.size() == 6);
  CHECK(beats == std::vector<std::size_t>{0, 1, 1, 1, 0, 1});
}

TEST_CASE("what somebody has to mend is told from what may pass") {
  const auto code_after = [](const std::function<void()>& fail) {
    ScriptedStage stage;
    stage.port.make = [&](const executor::Setup&) -> std::unique_ptr<executor::Executor> {
      fail();
      return nullptr;
    };
    return stage.run();
  };
  for (const char* code : {"bad_config", "bad_input", "not_found", "forbidden"}) {
    CHECK(code_after([&] { throw executor::Error(code, "?"); }) == StageMachine::kCannotStart);
  }
  CHECK(code_after([] { throw files::Error("no model"); }) == StageMachine::kCannotStart);
  for (const char* code : {"unavailable", "out_of_memory", "internal"}) {
    CHECK(code_after([&] { throw executor::Error(code, "?"); }) == StageMachine::kMayStartLater);
  }
  CHECK(code_after([] { throw files::DiskFull("no room"); }) == StageMachine::kMayStartLater);
}

TEST_CASE("the word that an executor cannot be constructed gets its time to leave") {
  ScriptedStage stage;
  stage.port.make = [&](const executor::Setup&) -> std::unique_ptr<executor::Executor> {
    for (int i = 0; i < 3; ++i) stage.give(Kind::beat);
    throw std::runtime_error("?");
  };
  stage.then([] {});
  stage.then([] {});
  const auto before = stage.port.time;
  CHECK(stage.run() == StageMachine::kMayStartLater);
  CHECK(stage.port.time - before == StageMachine::kLastWord);
}
