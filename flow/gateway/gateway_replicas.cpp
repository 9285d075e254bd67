// The processes of a stage while the flow runs: more or fewer of them, or with
// another plugin.
//
// A swap: processes with the new plugin start beside the old ones and load.
// Once all are ready they are on trial: each gets one message at a time, which
// is kept, so that the old ones can do it again when the new one dies, hangs or
// fails at it. After some messages, or a while without any, the new ones take
// over, and the old ones leave when they have finished what they have. Whatever
// goes wrong before ends the new ones, and all is as it was.
#include <algorithm>
#include <tuple>

#include "executor/error.h"
#include "flow/file/check.h"
#include "flow/file/flow_file.h"
#include "flow/file/wait_graph.h"
#include "flow/gateway/gateway.h"
#include "schemas/nearest.h"

namespace flow {
namespace {

constexpr std::uint64_t kTrialWorks = 4;            // of all new processes together
constexpr std::chrono::milliseconds kTrial{1'000};  // when nothing comes to be tried with

std::pair<std::string, std::string> split(const std::string& text) {
  const auto equals = text.find('=');
  if (equals != text.npos && equals + 1 < text.size()) {
    return {text.substr(0, equals), text.substr(equals + 1)};
  }
  throw executor::Error("bad_input", "'" + text.substr(0, 64) + "' is not NAME=VALUE",
                        "write trainer=2, or trainer=plugin");
}

}  // namespace

using executor::Error;

void Gateway::steer(const schemas::Control& asked, const Watcher& watcher) {
  const auto [name, value] = split(asked.job);
  std::vector<std::string> names;
  for (const auto& stage : flow_.stages) names.push_back(stage.name);
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) {
    throw Error("not_found",
                "the flow has no executor '" + name + "'" + schemas::did_you_mean(name, names),
                "the executors are: " + list(names));
  }
  const auto stage = static_cast<std::size_t>(found - names.begin());
  if (flow_.stages[stage].remote) {
    throw Error("bad_input", "'" + name + "' does not run on this host",
                "start and stop its processes where they run: souvenir stage");
  }
  if (replicas_[stage].swap) {
    throw Error("exists", "another swap of '" + name + "' is under way", "wait for its end");
  }
  if (asked.action == "swap") return swap(stage, value, watcher);
  scale(stage, value);
  report({}, false, watcher);
}

void Gateway::scale(std::size_t stage, const std::string& count) {
  const bool digits = count.size() <= 3 && count.find_first_not_of("0123456789") == count.npos;
  const int asked = digits ? std::stoi(count) : 0;
  if (asked < 1 || asked > kMaxReplicas) {
    throw Error("bad_input", "'" + count.substr(0, 64) + "' is no number of processes",
                "1 to " + std::to_string(kMaxReplicas));
  }
  Replicas& replicas = replicas_[stage];
  const auto wanted = static_cast<std::size_t>(asked);
  if (wanted > replicas.wanted.size()) check_gpu_memory(stage, wanted - replicas.wanted.size());
  while (replicas.wanted.size() < wanted) {
    port_.start(stage, replicas.next_replica, flow_.stages[stage].library);
    replicas.wanted.insert(replicas.next_replica++);
  }
  while (replicas.wanted.size() > wanted) {
    const std::uint32_t last = *replicas.wanted.rbegin();
    replicas.wanted.erase(last);
    given_up_[stage].erase(last);
    absent_since_[stage].erase(last);
    Worker* worker = queues_[stage].find(last);
    if (worker != nullptr) {
      worker->state = WorkerState::leaving;
    } else {
      port_.retire(stage, last);
    }
  }
  retire_idle(stage);
}

// Throws Error when this host cannot take more processes of a stage beside all that run.
void Gateway::check_gpu_memory(std::size_t stage, std::size_t more) const {
  Flow grown = flow_;
  for (std::size_t i = 0; i < replicas_.size(); ++i) {
    const Replicas& replicas = replicas_[i];
    const std::size_t fresh = replicas.swap ? replicas.swap->fresh.size() : 0;
    if (!grown.stages[i].remote) {
      grown.stages[i].replicas = static_cast<std::uint32_t>(replicas.wanted.size() + fresh);
    }
  }
  grown.stages[stage].replicas += static_cast<std::uint32_t>(more);
  port_.check_gpu_memory(grown);
}

// The stage with another plugin, when the whole flow would still be right.
// Throws Error.
Stage Gateway::changed_stage(std::size_t stage, const std::string& run) const {
  Flow changed = flow_;
  Stage& next = changed.stages[stage];
  next.run = run;
  std::tie(next.library, next.plugin) = port_.find(run);
  next.plugin.create = nullptr;
  for (const auto& [name, value] : next.with) {
    check_parameter(next.plugin, name, value, next.place);
  }
  if (next.batch.size > 1 && !next.plugin.batches) {
    throw Error("bad_config", "plugin '" + next.plugin.name +
                                  "' takes one message at a time, but '" + next.name +
                                  "' has a batch");
  }
  check_routes(changed);
  check_calls(changed);
  check_waits(changed);
  return next;
}

void Gateway::swap(std::size_t stage, const std::string& run, const Watcher& watcher) {
  Swap swap{changed_stage(stage, run), {}, watcher, now_};
  Replicas& replicas = replicas_[stage];
  check_gpu_memory(stage, replicas.wanted.size());
  for (std::size_t i = 0; i < replicas.wanted.size(); ++i)
    swap.fresh.insert(replicas.next_replica++);
  replicas.swap = std::move(swap);
  const std::set<std::uint32_t> fresh = replicas.swap->fresh;
  try {
    for (const std::uint32_t replica : fresh)
      port_.start(stage, replica, replicas.swap->next.library);
  } catch (const Error& error) {
    roll_back(stage, error.what());
  }
}

void Gateway::note_ready(std::size_t stage, Worker& worker) {
  given_up_[stage].erase(worker.replica);
  auto& swap = replicas_[stage].swap;
  if (!swap || swap->trial || !swap->fresh.contains(worker.replica)) return;
  for (const std::uint32_t replica : swap->fresh) {
    const Worker* fresh = queues_[stage].find(replica);
    if (fresh == nullptr || !fresh->ready) return;
  }
  swap->trial = true;
  swap->since = now_;
  for (const std::uint32_t replica : swap->fresh) {
    queues_[stage].find(replica)->state = WorkerState::trial;
  }
}

void Gateway::check_swap(std::size_t stage) {
  const auto& swap = replicas_[stage].swap;
  if (!swap) return;
  if (!swap->trial) {
    const std::chrono::milliseconds patience(swap->next.ready_ms);
    if (now_ - swap->since > patience) roll_back(stage, "it was not ready in time");
    return;
  }
  std::uint64_t done = 0;
  bool idle = true;
  for (const std::uint32_t replica : swap->fresh) {
    const Worker* worker = queues_[stage].find(replica);
    if (worker == nullptr) continue;  // losing one ends the swap
    done += worker->done;
    idle = idle && worker->in_flight.empty();
  }
  if (done >= kTrialWorks || (idle && now_ - swap->since >= kTrial)) promote(stage);
}

void Gateway::promote(std::size_t stage) {
  Replicas& replicas = replicas_[stage];
  Swap swap = std::move(*replicas.swap);
  replicas.swap.reset();
  for (auto& worker : queues_[stage].workers()) {
    const bool fresh = swap.fresh.contains(worker.replica);
    worker.state = fresh ? WorkerState::full : WorkerState::leaving;
  }
  for (const std::uint32_t replica : replicas.wanted) {
    if (queues_[stage].find(replica) == nullptr) port_.retire(stage, replica);
  }
  replicas.wanted = swap.fresh;
  given_up_[stage].clear();
  absent_since_[stage].clear();
  flow_.stages[stage].run = swap.next.run;
  flow_.stages[stage].library = swap.next.library;
  flow_.stages[stage].plugin = swap.next.plugin;
  for (const auto& call : swap.next.plugin.calls) internal_.insert(call.endpoint);
  retire_idle(stage);
  report({}, false, swap.asker);
}

void Gateway::roll_back(std::size_t stage, const std::string& why) {
  Replicas& replicas = replicas_[stage];
  const Swap swap = std::move(*replicas.swap);
  replicas.swap.reset();
  for (const std::uint32_t replica : swap.fresh) {
    port_.retire(stage, replica);
    const Worker* worker = queues_[stage].find(replica);
    if (worker != nullptr) lose(stage, std::string(worker->peer), why);
    port_.kill(stage, replica);
  }
  clients_.refuse(
      swap.asker.peer, swap.asker.id,
      {"bad_config", flow_.stages[stage].name, "", "the new plugin is not taken: " + why,
       "all is as it was; mend the plugin, and see the stage's log"});
  settle();
  drain();
}

// What a process on trial has in hand can be done by another, unless an answer
// is out.
void Gateway::save_trials(std::size_t stage, Worker& worker) {
  if (worker.state != WorkerState::trial) return;
  std::vector<std::uint64_t> unanswered;
  for (const auto& [id, work] : worker.in_flight) {
    if (can_repeat(work)) unanswered.push_back(id);
  }
  for (const std::uint64_t id : unanswered) queues_[stage].take_back(worker, id);
}

void Gateway::retire_idle(std::size_t stage) {
  for (const auto& worker : queues_[stage].workers()) {
    const bool idle = worker.in_flight.empty() && !queues_[stage].is_bound(worker.peer);
    if (worker.state == WorkerState::leaving && idle) port_.retire(stage, worker.replica);
  }
}

}  // namespace flow
