#include "flow/gateway/rhythm.h"

#include <catch2/catch.hpp>

using flow::Rhythm;
using flow::Task;
using flow::Time;
using flow::Worker;
using schemas::Kind;
using std::chrono::milliseconds;

namespace {

// A worker with one task in hand.
struct Busy {
  Time now = Time{} + std::chrono::hours(1);
  flow::Flow flow;
  flow::Stage stage;
  Worker worker;
  Rhythm rhythm;

  Busy() {
    flow.lease_ms = 5'000;
    stage.plugin.silence_ms = 2'000;
    worker.ready = true;
    worker.last_heard = now;
    worker.in_flight[1].sent = now;
  }
  void sign(milliseconds after) {
    now += after;
    note_sign(worker, &rhythm, now);
    worker.last_heard = now;
    note_announced(worker, {.kind = Kind::progress}, nullptr);
  }
  void beat(std::uint64_t seq, std::uint64_t count) {
    note_announced(worker, {.kind = Kind::beat, .id = 1, .seq = seq, .count = count}, &rhythm);
  }
  std::uint32_t limit() const { return longest_silence_ms(flow, stage, worker, &rhythm); }
};

}  // namespace

TEST_CASE("at first a stage may be silent for four times what its plugin says, or for its lease") {
  Busy busy;
  CHECK(busy.limit() == 8'000);
  busy.stage.plugin.silence_ms = 1'000;
  CHECK(busy.limit() == 5'000);
  for (const std::uint32_t huge : {1u << 30, ~0u}) {
    busy.stage.plugin.silence_ms = huge;
    CHECK(busy.limit() == ~0u);
    CHECK(flow::usual_silence_ms(busy.flow.lease_ms, busy.stage.plugin) == ~0u);
  }
  busy.worker.in_flight.clear();
  CHECK(busy.limit() == 5 * busy.flow.beat_ms);
  busy.worker.ready = false;
  CHECK(busy.limit() == busy.stage.ready_ms);
}

TEST_CASE("after eight tasks of a stream, or sixteen signs during one, the longest gap counts") {
  Busy stream;
  stream.sign(milliseconds(3'000));
  stream.rhythm.done = 7;
  CHECK(stream.limit() == 8'000);
  stream.rhythm.done = 8;
  CHECK(stream.limit() == 12'000);
  stream.worker.in_flight[1].packet.header.last = true;  // it may write files
  CHECK(stream.limit() == 8'000);
  Busy drawing;
  for (int i = 0; i < 15; ++i) drawing.sign(milliseconds(100));
  CHECK(drawing.limit() == 8'000);
  drawing.sign(milliseconds(100));
  CHECK(drawing.limit() == 5'000);
}

TEST_CASE("an announced silence holds until the next packet, and for an hour at most") {
  Busy busy;
  busy.beat(0, 60'000);
  CHECK(busy.limit() == 60'000);
  busy.sign(milliseconds(50'000));
  CHECK(busy.rhythm.gap_ms == 0);  // it was no part of the work's rhythm
  CHECK(busy.limit() == 8'000);
  busy.beat(0, 100'000'000);
  CHECK(busy.limit() == 3'600'000);
}

TEST_CASE("what a stage tells of each step holds until its rhythm is known") {
  Busy busy;
  busy.beat(1, 60'000);
  CHECK(busy.limit() == 60'000);
  busy.sign(milliseconds(100));
  CHECK(busy.limit() == 60'000);
  busy.rhythm.done = 8;
  CHECK(busy.limit() == 5'000);
}
