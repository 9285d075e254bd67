#include "flow/command/render.h"

#include <catch2/catch.hpp>
#include <iostream>
#include <sstream>

#include "flow/command/waited_for.h"

namespace tests::command {
namespace {

using flow::command::job_line;
using flow::command::json_of;
using flow::command::note_waited_for;
using flow::command::ProgressView;
using flow::command::waited_for;
using flow::command::waiting_text;

// What is written to stderr while this lives.
class Captured {
 public:
  Captured() : before_(std::cerr.rdbuf(text_.rdbuf())) {}
  ~Captured() { std::cerr.rdbuf(before_); }
  Captured(const Captured&) = delete;
  Captured& operator=(const Captured&) = delete;
  std::string text() const { return text_.str(); }
  std::size_t lines() const {
    const std::string all = text();
    return static_cast<std::size_t>(std::count(all.begin(), all.end(), '\n'));
  }

 private:
  std::ostringstream text_;
  std::streambuf* before_;
};

schemas::Progress step(std::int64_t number, std::int64_t total) {
  schemas::Progress progress;
  progress.stage = "trainer";
  progress.step = number;
  progress.total = total;
  return progress;
}

}  // namespace

TEST_CASE("seconds read as a clock") {
  CHECK(flow::command::duration_text(0) == "0:00");
  CHECK(flow::command::duration_text(59.6) == "1:00");
  CHECK(flow::command::duration_text(725) == "12:05");
  CHECK(flow::command::duration_text(3723) == "1:02:03");
  CHECK(flow::command::duration_text(-1) == "0:00");
}

TEST_CASE("a line says step, share, rate, time left and loss") {
  auto progress = step(50, 200);
  progress.loss = 0.12345;
  progress.text = "training";
  CHECK(flow::command::progress_line(progress, 2) ==
        "trainer: 50/200 (25 %), 2.00/s, ETA 1:15, loss 0.1235, training");
  progress.eta_s = 60;
  CHECK_THAT(flow::command::progress_line(progress, 2), Catch::Contains("ETA 1:00"));
  CHECK(flow::command::progress_line(step(0, 0), 0) == "trainer:");
}

TEST_CASE("a line says what the loss is made of, as far as it is known") {
  auto progress = step(1, 1);
  progress.loss = 0.5;
  progress.instance_loss = 0.3;
  CHECK(flow::command::progress_line(progress, 0) ==
        "trainer: 1/1 (100 %), loss 0.5000 (instance 0.3000)");
  progress.prior_loss = 0.2;
  CHECK(flow::command::progress_line(progress, 0) ==
        "trainer: 1/1 (100 %), loss 0.5000 (instance 0.3000, prior 0.2000)");
}

TEST_CASE("without a terminal a thousand quick steps are a line a tenth") {
  Captured captured;
  ProgressView view(false);
  for (int i = 0; i <= 1000; ++i) view.show(step(i, 1000));
  CHECK(captured.lines() == 11);
  CHECK_THAT(captured.text(), Catch::Contains("1000/1000 (100 %)"));
}

TEST_CASE("a warning between two steps is always told") {
  Captured captured;
  ProgressView view(false);
  view.show(step(0, 1000));
  auto warning = step(0, 0);
  warning.text = "warning: 1 pictures";
  view.show(warning);
  view.show(step(1, 1000));
  CHECK(captured.text() == "trainer: 0/1000 (0 %)\ntrainer: warning: 1 pictures\n");
}

TEST_CASE("quiet shows nothing") {
  Captured captured;
  ProgressView view(true);
  view.show(step(1, 2));
  view.note("hello");
  CHECK(captured.text().empty());
}

TEST_CASE("quiet says what it waits for, once") {
  Captured captured;
  ProgressView view(true);
  auto waiting = step(1, 2);
  waiting.text = "waiting: the disk is full";
  view.show(waiting);
  view.show(waiting);
  CHECK(captured.text() == "trainer: waiting: the disk is full\n");
}

TEST_CASE("what a starting stage says is told once") {
  Captured captured;
  ProgressView view(false);
  schemas::Status status;
  status.stages.push_back({});
  status.stages[0].name = "generator";
  status.stages[0].state = "loading";
  status.stages[0].text = "loading unet";
  view.show(status);
  view.show(status);
  CHECK(captured.text() == "generator: loading: loading unet\n");
}

TEST_CASE("a job's line shows a step and a time where it moves, and else what comes of it") {
  const auto line = [](const std::string& state, const std::string& stage, std::int64_t at) {
    schemas::JobStatus job;
    job.state = state;
    job.stage = stage;
    job.step = at;
    job.total = 300;
    job.eta_s = 65;
    job.durable = true;
    job.checkpoint_step = 100;
    return job_line(job);
  };
  CHECK(line("running", "trainer", 150) == "running in trainer 150/300, ETA 1:05");
  CHECK(line("running", "", 100) == "running, goes on from 100/300, ETA 1:05");
  CHECK(line("paused", "", 100) == "paused, goes on from 100/300");
  CHECK(line("queued", "", 0) == "queued, begins again at 0/300");
  CHECK(line("done", "", 300) == "done");
  CHECK(line("cancelled", "", 150) == "cancelled");
  CHECK(line("failed", "trainer", 100) == "failed in trainer, a retry goes on from 100/300");
}

TEST_CASE("what another host shall bring is no part of a start, but named beside it") {
  schemas::Status status;
  for (const auto& [name, state] : {std::pair("near", "ready"), std::pair("far", "absent"),
                                    std::pair("two", "busy"), std::pair("two", "absent")}) {
    status.stages.push_back({});
    status.stages.back().name = name;
    status.stages.back().state = state;
    status.stages.back().text = std::string("start ") + name;
  }
  CHECK(waiting_text(waited_for(status)) == ", waiting for far, two (1 of 2)");
  CHECK(json_of(waited_for(status)).dump() ==
        R"([{"stage":"far","start":"start far"},{"stage":"two","start":"start two"}])");
  Captured captured;
  ProgressView view(false);
  view.show(status);
  CHECK(captured.text().find("far") == std::string::npos);
  note_waited_for(view, waited_for(status));
  CHECK(captured.text().ends_with(
      "note: the stage 'far' is not here yet; start far\n"
      "note: the stage 'two' is not here yet, 1 of 2 replicas; start two\n"));
}

}  // namespace tests::command
