// What takes too long: stages that are silent or absent, work and requests beyond their time.
#include <algorithm>

#include "flow/gateway/gateway.h"

namespace flow {
namespace {

constexpr std::uint64_t kRhythmSteps = 8;   // pieces of work that tell how long the next one takes
constexpr std::uint32_t kRhythmSigns = 16;  // or signs of life during one: the steps of a drawing
constexpr std::uint32_t kTimesTheGap = 4;
constexpr std::uint64_t kMaxAnnounced_ms = 60 * 60 * 1000;  // silence that a stage may ask for
// After so long without a word no more is sent: beats that nobody reads would fill the connection,
// which then looks closed.
constexpr std::chrono::minutes kProbed{10};

}  // namespace

// The work that a busy worker has in hand is the oldest of what it holds.
void Gateway::note_gap(Worker& worker) {
  if (worker.in_flight.empty() || worker.announced_ms > 0) return;
  Task& work = worker.in_flight.begin()->second;
  Job* job = running(work.job, work.epoch);
  if (job == nullptr) return;
  ++work.signs;
  const Time since = std::max(worker.last_heard, work.sent);
  const auto gap = std::chrono::duration_cast<std::chrono::milliseconds>(now_ - since).count();
  auto& longest = job->rhythm[work.hop].gap_ms;
  longest = std::max(longest, static_cast<std::uint32_t>(gap));
}

// A silence that comes now, or one in each piece of the work in hand.
void Gateway::note_announced(Worker& worker, const schemas::Header& header) {
  worker.announced_ms = 0;
  if (header.kind != schemas::Kind::beat) return;
  const auto told_ms =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(header.count, kMaxAnnounced_ms));
  if (header.seq == 0) {
    worker.announced_ms = told_ms;
    return;
  }
  const auto work = worker.in_flight.find(header.id);
  if (work == worker.in_flight.end()) return;
  if (Job* job = running(work->second.job, work->second.epoch)) {
    job->rhythm[work->second.hop].told_ms = told_ms;
  }
}

// The steps of one job are alike: after some of them, or some signs of life during one, the longest
// gap seen tells how long a silence is still honest. Before, and for the last of a stream (it may
// write files), what the plugin says, of its messages in general and of this job's.
std::uint32_t Gateway::longest_silence_ms(const Stage& stage, const Worker& worker) {
  if (!worker.ready) return std::max(stage.ready_ms, worker.announced_ms);
  if (worker.in_flight.empty()) return std::max(5 * flow_.beat_ms, flow_.lease_ms / 3);
  std::uint32_t expected_ms = stage.plugin.silence_ms;
  const Task& work = worker.in_flight.begin()->second;
  const schemas::Header& header = work.packet.header;
  const Job* job = running(work.job, work.epoch);
  const bool steady = job != nullptr && !header.last && job->rhythm[work.hop].done >= kRhythmSteps;
  std::uint32_t told_ms = job == nullptr ? 0 : job->rhythm[work.hop].told_ms;
  if (steady || (job != nullptr && work.signs >= kRhythmSigns)) {
    expected_ms = job->rhythm[work.hop].gap_ms;
    told_ms = 0;
  }
  return std::max({flow_.lease_ms, kTimesTheGap * expected_ms, told_ms, worker.announced_ms});
}

void Gateway::stood_still(std::chrono::milliseconds time) {
  queues_.stood_still(time);
  for (auto& replicas : replicas_) replicas.stood_still(time);
}

void Gateway::check_silence(std::size_t stage) {
  using std::chrono::milliseconds;
  const Stage& config = flow_.stages[stage];
  std::vector<std::pair<std::string, std::uint32_t>> silent;
  for (const auto& worker : queues_[stage].workers()) {
    const auto limit = longest_silence_ms(config, worker);
    if (now_ - worker.last_heard > milliseconds(limit))
      silent.emplace_back(worker.peer, worker.replica);
    for (const auto& [id, work] : worker.in_flight) {
      if (config.timeout_ms == 0 || now_ - work.sent <= milliseconds(config.timeout_ms)) continue;
      const Job* job = running(work.job, work.epoch);
      if (job == nullptr) continue;
      fail(*job, {"timeout", config.name, work.job,
                  "one message took longer than " + std::to_string(config.timeout_ms) + " ms",
                  "raise `timeout` of this executor in the flow file, or ask for less"});
    }
  }
  for (const auto& [peer, replica] : silent) {
    lose(stage, peer, "gave no sign of life for too long");
    if (!config.remote) port_.kill(stage, replica);
  }
}

// A process of another host that dies takes its connection with it, long before its silence tells:
// a beat that cannot be sent says so. When the link is cut instead, libzmq closes the connection
// after some beats of its own (executor/socket.cpp); the stage joins anew under another name then,
// and what it computed meanwhile is refused, so that waiting for it would be in vain.
void Gateway::check_connections(std::size_t stage) {
  if (!flow_.stages[stage].remote) return;
  schemas::Header beat;
  beat.kind = schemas::Kind::beat;
  std::vector<std::string> closed;
  for (const auto& worker : queues_[stage].workers()) {
    if (now_ - worker.last_heard > kProbed) continue;
    if (!port_.send(worker.peer, {beat, {}, {}})) closed.push_back(worker.peer);
  }
  for (const auto& peer : closed) lose(stage, peer, "closed its connection");
}

void Gateway::check_deadlines() {
  for (const auto& [id, job] : jobs_) {
    if (!job.deadline || now_ < *job.deadline) continue;
    fail(job, {"timeout", "gateway", id, "the deadline of the request has passed",
               "give it more time, or ask when less is going on"});
  }
}

}  // namespace flow
