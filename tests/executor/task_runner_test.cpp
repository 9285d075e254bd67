// What becomes of a task: order, window, calls, deadlines, batches.
#include "executor/task_runner.h"

#include <map>

#include "schemas/fault.h"
#include "tests/executor/scripted_stage.h"

using namespace executor_test;
using Texts = std::vector<std::string>;

namespace {

void send_three(const schemas::Message&, executor::Outbox& out) {
  for (const char* line : {"a", "b", "c"}) out.send(text(line));
}

std::size_t emitted(const ScriptedStage& stage) {
  return static_cast<std::size_t>(
      std::count_if(stage.port.sent.begin(), stage.port.sent.end(),
                    [](const Packet& packet) { return packet.header.kind == Kind::emit; }));
}

void give_batch(ScriptedStage& stage, std::uint64_t first, std::uint64_t size,
                std::uint64_t window = 0) {
  for (std::uint64_t i = 0; i < size; ++i) {
    Header header = task(first + i, "j" + std::to_string(first + i));
    header.batch = size - 1 - i;
    header.count = window;
    stage.give(header, text(std::to_string(first + i)));
  }
}

void answer_all(std::vector<executor::BatchItem>& items) {
  for (auto& item : items) item.out.send(item.message);
}

}  // namespace

TEST_CASE("the end of a task travels with its last message") {
  ScriptedStage stage;
  stage.process = send_three;
  stage.then([&] { stage.give(task(9), text("1")); });
  stage.run();
  const auto emits = stage.take(Kind::emit);
  REQUIRE(emits.size() == 3);
  for (std::uint64_t i = 0; i < 3; ++i) {
    CHECK(emits[i].header.id == 9);
    CHECK(emits[i].header.job == "j");
    CHECK(emits[i].header.epoch == 1);
    CHECK(emits[i].header.seq == i);
    CHECK(emits[i].header.last == (i == 2));
  }
  CHECK(stage.take(Kind::done).empty());
}

TEST_CASE("a task that answers nothing is done") {
  ScriptedStage stage;
  stage.process = [](const auto&, auto&) {};
  stage.then([&] { stage.give(task(9), text("1")); });
  stage.run();
  CHECK(stage.take(Kind::done).at(0).header.id == 9);
}

TEST_CASE("the messages of a stream come in order, or the task fails") {
  ScriptedStage stage;
  stage.then([&] {
    stage.give(part(1, 0), text("1"));
    stage.give(part(2, 2), text("2"));
    stage.give(part(3, 1), text("3"));
    stage.give(part(4, 0, 2), text("4"));
  });
  stage.run();
  CHECK(stage.told == Texts{"process 1", "process 3", "process 4", "stopping"});
  CHECK(stage.failures() == Texts{"protocol"});
}

TEST_CASE("an executor's exception fails its task alone, and says what kind it is") {
  ScriptedStage stage;
  stage.process = [](const schemas::Message& in, executor::Outbox&) {
    const auto line = in.as<schemas::Text>().text;
    if (line == "1") throw executor::Error("out_of_memory", "too large");
    if (line == "2") throw std::bad_alloc();
    if (line == "3") throw std::runtime_error("?");
    in.as<schemas::Fault>();  // is none
  };
  stage.then([&] {
    for (std::uint64_t id = 1; id <= 4; ++id) stage.give(task(id), text(std::to_string(id)));
    Header other = task(5);
    stage.give(other, schemas::Message::of(schemas::Fault{}));
  });
  stage.run();
  CHECK(stage.failures() ==
        Texts{"out_of_memory", "out_of_memory", "internal", "bad_input", "bad_input"});
  CHECK(stage.port.lines.size() == 5);
}

TEST_CASE("a handler keeps to its table") {
  ScriptedStage stage;
  stage.plugin.handlers[0].stream = false;
  stage.process = [](const schemas::Message& in, executor::Outbox& out) {
    if (in.as<schemas::Text>().text == "1") out.send(schemas::Message::of(schemas::Fault{}));
    if (in.as<schemas::Text>().text == "2") out.call("/other", in);
    send_three(in, out);
  };
  stage.then([&] {
    for (std::uint64_t id = 1; id <= 3; ++id) stage.give(task(id), text(std::to_string(id)));
  });
  stage.run();
  CHECK(stage.failures() == Texts{"internal", "internal", "internal"});
  CHECK(emitted(stage) == 0);
}

TEST_CASE("a task whose job was cancelled while it waited is done without the executor") {
  ScriptedStage stage;
  stage.then([&] {
    stage.give(task(1), text("1"));
    stage.give(task(2, "k"), text("2"));
  });
  stage.process = [&](const schemas::Message& in, executor::Outbox& out) {
    if (in.job == "j") stage.give_ended("k", "cancelled");
    out.send(in);
  };
  stage.run();
  CHECK(stage.told == Texts{"process 1", "ended k cancelled", "stopping"});
  CHECK(stage.take(Kind::done).at(0).header.id == 2);
}

TEST_CASE("a task whose job is cancelled in hand breaks off at the next Outbox call") {
  ScriptedStage stage;
  stage.process = [&](const auto&, executor::Outbox& out) {
    CHECK_FALSE(out.cancelled());
    stage.give_ended("j", "cancelled");
    CHECK(out.cancelled());
    out.send(text("late"));
  };
  stage.then([&] { stage.give(task(1), text("1")); });
  stage.run();
  CHECK(stage.failures() == Texts{"cancelled"});
  CHECK(emitted(stage) == 0);
}

TEST_CASE("a stream stays within its window of messages") {
  ScriptedStage stage;
  stage.process = send_three;
  Header header = task(1);
  header.count = 1;
  stage.then([&] { stage.give(header, text("1")); });
  for (std::size_t taken = 1; taken <= 2; ++taken) {
    stage.then([&, taken] { CHECK(emitted(stage) == taken); });
    stage.then([&, taken] {
      CHECK(emitted(stage) == taken);
      stage.give(Header{.kind = Kind::ack, .id = 1, .count = taken});
    });
  }
  stage.run();
  CHECK(emitted(stage) == 3);
}

TEST_CASE("a stream stays within its window of bytes, but one message is free, however large") {
  ScriptedStage stage;
  stage.process = send_three;
  Header header = task(1);
  header.count = 10;
  header.bytes = 1;
  stage.then([&] { stage.give(header, text("1")); });
  stage.then([&] {
    CHECK(emitted(stage) == 1);
    stage.give(Header{.kind = Kind::ack, .id = 1, .bytes = 1, .count = 1});
  });
  stage.then([&] { CHECK(emitted(stage) == 2); });
  stage.run();
  CHECK(emitted(stage) == 2);
}

TEST_CASE("a call waits for its answer, and beats meanwhile") {
  ScriptedStage stage;
  stage.process = [&](const schemas::Message& in, executor::Outbox& out) {
    out.send(out.call("/ask", in));
  };
  stage.then([&] { stage.give(task(1), text("1")); });
  Header asked;
  for (int i = 0; i < 11; ++i) stage.then([] {});
  stage.then([&] {
    CHECK(stage.take(Kind::beat).at(0).header.id == 1);
    asked = stage.take(Kind::call).at(0).header;
    stage.give(task(2, "k"), text("not yet"));
    Header other{.kind = Kind::reply, .id = asked.id + 1, .type = "text.v1"};
    stage.give(other, text("another's"));
  });
  stage.then([&] {
    Header reply{.kind = Kind::reply, .id = asked.id, .type = "text.v1"};
    stage.give(reply, text("answer"));
  });
  stage.then([&] { stage.port.stop = true; });
  stage.run();
  CHECK(asked.endpoint == "/ask");
  CHECK(asked.count == 1);
  CHECK(text_in(stage.take(Kind::emit).at(0)) == "answer");
}

TEST_CASE("a call that fails throws the route's own fault") {
  ScriptedStage stage;
  stage.process = [&](const schemas::Message& in, executor::Outbox& out) { out.call("/ask", in); };
  stage.then([&] { stage.give(task(1), text("1")); });
  stage.then([&] {
    stage.give(Header{.kind = Kind::failed, .id = stage.take(Kind::call).at(0).header.id},
               schemas::Message::of(schemas::Fault{"not_found", "", "", "nobody", "look"}));
  });
  stage.run();
  const auto failed = stage.take(Kind::failed);
  REQUIRE(failed.size() == 1);
  const auto fault = schemas::unpack<schemas::Fault>(failed[0].body.view());
  CHECK(fault.code == "not_found");
  CHECK(fault.cause == "/ask: nobody");
  CHECK(fault.hint == "look");
}

TEST_CASE("a task is late at its deadline, and not a millisecond before") {
  for (const bool late : {false, true}) {
    ScriptedStage stage;
    stage.then([&] {
      stage.give(task(1), text("1"));
      Header header = task(2, "k");
      header.deadline_ms = 50;
      stage.port.coming.push_back({executor::packet_of(header, text("2"))});
    });
    stage.process = [&](const schemas::Message& in, executor::Outbox& out) {
      if (in.job != "j") return;
      CHECK_FALSE(out.cancelled());  // takes in the second task
      stage.port.time += late ? 50ms : 49ms;
    };
    stage.run();
    CHECK(stage.failures() == (late ? Texts{"timeout"} : Texts{}));
    CHECK(stage.told.size() == (late ? 2 : 3));
  }
}

TEST_CASE("a task whose blobs were lost fails without the executor") {
  ScriptedStage stage;
  stage.then([&] {
    stage.port.coming.push_back(
        {executor::packet_of(task(1), text("1")), executor::Error("protocol", "no blobs")});
  });
  stage.run();
  CHECK(stage.told == Texts{"stopping"});
  CHECK(stage.take(Kind::failed).at(0).header.id == 1);
}

TEST_CASE("a call whose answer lost its blobs fails") {
  ScriptedStage stage;
  stage.process = [&](const schemas::Message& in, executor::Outbox& out) { out.call("/ask", in); };
  stage.then([&] { stage.give(task(1), text("1")); });
  stage.then([&] {
    const Header reply{.kind = Kind::reply, .id = stage.take(Kind::call).at(0).header.id};
    stage.port.coming.push_back({Packet{reply, {}, {}}, executor::Error("protocol", "no blobs")});
  });
  stage.run();
  CHECK(stage.failures() == Texts{"internal"});
}

TEST_CASE("a batch is processed at once, each of its tasks answered by itself") {
  ScriptedStage stage;
  stage.process_batch = answer_all;
  stage.then([&] { give_batch(stage, 1, 3); });
  stage.run();
  CHECK(stage.told == Texts{"batch of 3", "stopping"});
  const auto emits = stage.take(Kind::emit);
  REQUIRE(emits.size() == 3);
  for (std::uint64_t i = 0; i < 3; ++i) {
    CHECK(emits[i].header.id == i + 1);
    CHECK(text_in(emits[i]) == std::to_string(i + 1));
  }
}

TEST_CASE("an exception fails a whole batch") {
  ScriptedStage stage;
  stage.process_batch = [](auto&) { throw std::runtime_error("?"); };
  stage.then([&] { give_batch(stage, 1, 2); });
  stage.run();
  CHECK(stage.failures() == Texts{"internal", "internal"});
}

TEST_CASE("a batch waits for its rest, but not for a task whose blobs were lost") {
  ScriptedStage stage;
  stage.process_batch = answer_all;
  stage.then([&] {
    give_batch(stage, 1, 2);
    stage.port.coming.back().lost = executor::Error("protocol", "no blobs");
  });
  stage.run();
  CHECK(stage.told == Texts{"batch of 1", "stopping"});
  CHECK(stage.failures() == Texts{"internal"});
}

TEST_CASE("what was taken of a former gateway's task does not count for a new one with its id") {
  ScriptedStage stage;
  stage.process = send_three;
  Header header = task(1);
  header.count = 3;
  const Header taken{.kind = Kind::ack, .id = 1, .count = 3};
  stage.then([&] { stage.give(header, text("1")); });
  stage.then([&] { stage.give(taken); });
  stage.then([&] { stage.give_refused(); });
  stage.then([&] { stage.give_welcome(); });
  stage.then([&] { stage.give(header, text("2")); });
  stage.then([] {});
  stage.run();
  CHECK(emitted(stage) == 6);
}

TEST_CASE("a stop while a batch waits for its window ends the stage in order") {
  ScriptedStage stage;
  stage.process_batch = [](std::vector<executor::BatchItem>& items) {
    for (auto& item : items) item.out.send(item.message);
    items[0].out.send(items[0].message);
  };
  stage.then([&] { give_batch(stage, 1, 2, 1); });
  CHECK(stage.run() == executor::StageMachine::kEndedInOrder);
  CHECK(stage.told == Texts{"batch of 2", "stopping"});
  CHECK(stage.failures().empty());
  CHECK(stage.port.sent.back().header.kind == Kind::bye);
}

TEST_CASE("in a batch, what is sent for a cancelled job goes nowhere, and waits for nobody") {
  ScriptedStage stage;
  stage.process_batch = [&](std::vector<executor::BatchItem>& items) {
    stage.give_ended("j1", "cancelled");
    for (int i = 0; i < 3; ++i) items[0].out.send(items[0].message);
    CHECK_THROWS_AS(items[0].out.call("/ask", items[0].message), executor::Cancelled);
    items[1].out.send(items[1].message);
  };
  stage.then([&] { give_batch(stage, 1, 2, 1); });
  stage.run();
  CHECK(stage.take(Kind::done).at(0).header.id == 1);
  const auto emits = stage.take(Kind::emit);
  REQUIRE(emits.size() == 2);  // one fits into the window
  CHECK(emits[0].header.id == 1);
  CHECK_FALSE(emits[0].header.last);
  CHECK(emits[1].header.id == 2);
  CHECK(emits[1].header.last);
}

TEST_CASE("a batch breaks off when the gateway is another one") {
  ScriptedStage stage;
  stage.process_batch = [&](std::vector<executor::BatchItem>& items) {
    stage.give_refused();
    items[0].out.send(items[0].message);
  };
  stage.then([&] { give_batch(stage, 1, 2, 1); });
  stage.run();
  CHECK(stage.failures().empty());
  CHECK(emitted(stage) == 0);
  CHECK(stage.take(Kind::hello).size() == 2);
}

TEST_CASE(
    "a message that cannot be read is the fault of who sent it: a client, or a stage before") {
  for (const std::uint64_t hop : {0, 1, 2}) {
    ScriptedStage stage;
    stage.process = [](const schemas::Message& in, executor::Outbox&) { in.as<schemas::Text>(); };
    schemas::Message wrong = text("x");
    wrong.body = schemas::pack(std::map<std::string, int>{{"text", 3}});
    Header header = task(1);
    header.hop = hop;
    stage.then([&] { stage.give(header, wrong); });
    stage.run();
    const Packet failed = stage.take(Kind::failed).at(0);
    CHECK(failed.header.count == (hop == 0 ? 0 : 1));
    const auto fault = schemas::unpack<schemas::Fault>(failed.body.view());
    CHECK(fault.code == (hop == 0 ? "bad_input" : "protocol"));
    CHECK(fault.cause == "text.v1: 'text' is a whole number, expected text");
  }
}
