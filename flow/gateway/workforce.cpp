#include "flow/gateway/workforce.h"

namespace flow {
namespace {

// After so long without a word no more is sent: beats that nobody reads would fill the connection,
// which then looks closed.
constexpr std::chrono::minutes kProbed{10};

}  // namespace

using schemas::Kind;

Workforce::Workforce(const Surroundings& around)
    : flow_(around.flow),
      port_(around.port),
      elsewhere_(around.elsewhere),
      admission_(around.admission),
      clients_(around.clients),
      queues_(around.queues),
      replicas_(around.replicas),
      jobs_(around.jobs),
      desk_(around.desk),
      runner_(around.runner) {}

void Workforce::died(std::size_t stage, std::uint32_t replica, const std::string& text, bool again,
                     Time now) {
  follow(stage, replicas_[stage].died(replica, text, again, now));
}

void Workforce::follow(std::size_t stage, const Replicas::Actions& actions) {
  using Type = ReplicaAction::Type;
  const std::string& name = flow_.stages[stage].name;
  for (const auto& action : actions) {
    switch (action.type) {
      case Type::retire: port_.retire(stage, action.replica); break;
      case Type::kill: port_.kill(stage, action.replica); break;
      case Type::lose:
        if (const Worker* worker = queues_[stage].find(action.replica)) {
          lose(stage, std::string(worker->peer), action.text);
        }
        break;
      case Type::given_up: runner_.give_up(stage, action.text); break;
      case Type::swapped:
        admission_.reserve_calls_of(flow_.stages[stage].plugin);
        desk_.confirm(action.asker);
        break;
      case Type::refused:
        clients_.refuse(action.asker.peer, action.asker.id,
                        {"bad_config", name, "", "the new plugin is not taken: " + action.text,
                         "all is as it was; mend the plugin, and see the stage's log"});
        break;
    }
  }
}

void Workforce::watch(bool probes, bool stopping, Time now) {
  for (std::size_t stage = 0; stage < queues_.size(); ++stage) {
    check(stage, probes, now);
    follow(stage, replicas_[stage].tick(now, stopping ? Replicas::Start() : starter(stage)));
  }
}

void Workforce::lose(std::size_t stage, const std::string& peer, const std::string& text,
                     bool kill) {
  Worker* worker = queues_[stage].find(peer);
  if (worker == nullptr) return;
  const std::uint32_t replica = worker->replica;
  take_back_trials(queues_[stage], *worker);
  runner_.lost(stage, *worker, text);
  queues_.remove(stage, peer);
  follow(stage, replicas_[stage].lost(replica, text));
  if (kill && !flow_.stages[stage].remote) port_.kill(stage, replica);
}

// A process of another host that dies takes its connection with it, long before its silence tells:
// a beat that cannot be sent says so. When the link is cut instead, libzmq closes the connection
// after some beats of its own (executor/socket.cpp); the stage joins again under another name then,
// and what it computed meanwhile is refused, so that waiting for it would be in vain.
void Workforce::check(std::size_t stage, bool probes, Time now) {
  const Stage& config = flow_.stages[stage];
  std::vector<std::string> closed, silent;
  for (const auto& worker : queues_[stage].workers()) {
    runner_.check_timeouts(config, worker, now);
    const auto silence = now - worker.last_heard;
    const bool is_probed = probes && config.remote && silence <= kProbed;
    if (is_probed && !port_.send(worker.peer, {{.kind = Kind::beat}, {}, {}})) {
      closed.push_back(worker.peer);
      continue;
    }
    const Rhythm* rhythm =
        worker.in_flight.empty() ? nullptr : jobs_.rhythm_of(worker.in_flight.begin()->second);
    const auto limit = longest_silence_ms(flow_, config, worker, rhythm);
    if (silence > std::chrono::milliseconds(limit)) silent.push_back(worker.peer);
  }
  for (const auto& peer : closed) lose(stage, peer, "closed its connection");
  for (const auto& peer : silent) lose(stage, peer, "gave no sign of life for too long", true);
}

}  // namespace flow
