#include "flow/gateway/workforce.h"

#include <algorithm>

#include "executor/describe.h"
#include "executor/error.h"
#include "flow/gateway/welcome.h"
#include "schemas/link.h"

namespace flow {
namespace {

// After so long without a word no more is sent: beats that nobody reads would fill the connection,
// which then looks closed.
constexpr std::chrono::minutes kProbed{10};

// The same by meaning: another build may write the table's JSON in another way.
bool says_the_same(const std::string& told, const executor::Plugin& known) {
  const std::string expected = executor::to_json(known);
  return told == expected || executor::to_json(executor::from_json(told)) == expected;
}

std::size_t stage_named(const Flow& flow, const std::string& name, const access::Origin& origin) {
  const auto found = std::find_if(flow.stages.begin(), flow.stages.end(),
                                  [&](const Stage& stage) { return stage.name == name; });
  if (found == flow.stages.end()) {
    throw executor::Error("not_found", "the flow has no stage '" + name.substr(0, 64) + "'");
  }
  if (origin.link != access::Link::own && !found->remote) {
    throw executor::Error("forbidden", "'" + name + "' runs on the server's host alone",
                          "write host = \"remote\" for it in the flow file");
  }
  return static_cast<std::size_t>(found - flow.stages.begin());
}

}  // namespace

using executor::Error;
using executor::Packet;
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

void Workforce::hello(const std::string& peer, const Packet& packet, const access::Origin& origin,
                      Time now) {
  try {
    const auto hello = schemas::unpack<schemas::Hello>(packet.body.view());
    admission_.admit_stage(origin, hello.name);
    const std::size_t stage = stage_named(flow_, hello.name, origin);
    check_room_for(origin);
    Worker worker;
    worker.peer = peer;
    worker.replica = static_cast<std::uint32_t>(hello.replica);
    const Stage& as = replicas_[stage].stage_of(worker.replica);
    const executor::Plugin& plugin = as.plugin;
    if (!says_the_same(hello.plugin, plugin)) {
      throw Error("bad_config", "the plugin of '" + hello.name +
                                    "' is not the one that the flow was checked with");
    }
    worker.state = replicas_[stage].state_of(worker.replica);
    worker.hears_end = plugin.hears_end;
    worker.table = std::make_shared<const executor::Plugin>(plugin);
    worker.run = as.run;
    worker.with = as.with;
    worker.origin = origin;
    worker.pid = hello.pid;
    worker.last_heard = now;
    worker.text = "starting";
    queues_.add(stage, std::move(worker));
    port_.send(peer, welcome_packet(flow_, stage, as, jobs_, elsewhere_));
  } catch (const Error& error) {
    clients_.refuse(peer, 0, error);
  } catch (const schemas::CodecError& error) {
    clients_.refuse(peer, 0, {"protocol", "gateway", "", error.what(), "see schemas/wire.md"});
  }
}

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
