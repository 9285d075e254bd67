#include "flow/gateway/rhythm.h"

#include <algorithm>
#include <limits>

namespace flow {
namespace {

constexpr std::uint64_t kRhythmSteps = 8;   // pieces of work that tell how long the next one takes
constexpr std::uint32_t kRhythmSigns = 16;  // or signs of life during one: the steps of a drawing
constexpr std::uint32_t kTimesTheGap = 4;
constexpr std::uint64_t kMaxAnnounced_ms = 60 * 60 * 1000;  // silence that a stage may ask for

std::uint32_t times_the_gap(std::uint32_t gap_ms) {
  constexpr std::uint32_t kMost = std::numeric_limits<std::uint32_t>::max();
  return gap_ms > kMost / kTimesTheGap ? kMost : kTimesTheGap * gap_ms;
}

}  // namespace

// The work that a busy worker has in hand is the oldest of what it holds.
void note_sign(Worker& worker, Rhythm* rhythm, Time now) {
  if (worker.in_flight.empty() || worker.announced_ms > 0 || rhythm == nullptr) return;
  Task& work = worker.in_flight.begin()->second;
  ++work.signs;
  const Time since = std::max(worker.last_heard, work.sent);
  const auto gap = std::chrono::duration_cast<std::chrono::milliseconds>(now - since).count();
  rhythm->gap_ms = std::max(rhythm->gap_ms, static_cast<std::uint32_t>(gap));
}

void note_announced(Worker& worker, const schemas::Header& header, Rhythm* rhythm) {
  worker.announced_ms = 0;
  if (header.kind != schemas::Kind::beat) return;
  const auto told_ms =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(header.count, kMaxAnnounced_ms));
  if (header.seq == 0) {
    worker.announced_ms = told_ms;
  } else if (rhythm != nullptr) {
    rhythm->told_ms = told_ms;
  }
}

std::uint32_t usual_silence_ms(std::uint32_t lease_ms, const executor::Plugin& plugin) {
  return std::max(lease_ms, times_the_gap(plugin.silence_ms));
}

// The steps of one job are alike: after some of them, or some signs of life during one, the longest
// gap seen tells how long a silence is still honest. Before, and for the last of a stream (it may
// write files), what the plugin says, of its messages in general and of this job's.
std::uint32_t longest_silence_ms(const Flow& flow, const Stage& stage, const Worker& worker,
                                 const Rhythm* rhythm) {
  if (!worker.ready) return std::max(stage.ready_ms, worker.announced_ms);
  if (worker.in_flight.empty()) return std::max(5 * flow.beat_ms, flow.lease_ms / 3);
  std::uint32_t expected_ms = stage.plugin.silence_ms;
  const Task& work = worker.in_flight.begin()->second;
  std::uint32_t told_ms = rhythm == nullptr ? 0 : rhythm->told_ms;
  const bool steady = rhythm != nullptr && !work.packet.header.last && rhythm->done >= kRhythmSteps;
  if (steady || (rhythm != nullptr && work.signs >= kRhythmSigns)) {
    expected_ms = rhythm->gap_ms;
    told_ms = 0;
  }
  return std::max({flow.lease_ms, times_the_gap(expected_ms), told_ms, worker.announced_ms});
}

}  // namespace flow
