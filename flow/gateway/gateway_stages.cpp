// What stages send, and what they fail to send.
#include <algorithm>

#include "executor/describe.h"
#include "executor/error.h"
#include "flow/gateway/gateway.h"
#include "flow/gateway/rate_limited.h"
#include "flow/gateway/welcome.h"
#include "schemas/link.h"
#include "schemas/words.h"

namespace flow {
namespace {

// After so long without a word no more is sent: beats that nobody reads would fill the connection,
// which then looks closed.
constexpr std::chrono::minutes kProbed{10};

// A stage speaks for the jobs that it has in hand, and for no other.
bool works_on(const Worker& worker, const schemas::Header& header) {
  return std::any_of(worker.in_flight.begin(), worker.in_flight.end(), [&](const auto& each) {
    return each.second.job == header.job && each.second.epoch == header.epoch;
  });
}

std::uint64_t most_credit(const Stage& stage) {
  return std::max(Gateway::kMaxCredit, std::uint64_t{2} * stage.batch.size);
}

schemas::Fault fault_of(const executor::Error& error, const std::string& stage) {
  schemas::Fault fault{error.code(), stage, "", error.what(), error.hint()};
  if (const auto* later = dynamic_cast<const RateLimited*>(&error)) {
    fault.retry_after_s = later->after_s;
  }
  return fault;
}

schemas::Fault fault_in(const executor::Packet& packet) {
  try {
    return schemas::unpack<schemas::Fault>(packet.body.view());
  } catch (const schemas::CodecError& error) {
    return {"internal", "", "", error.what(), ""};
  }
}

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

void Gateway::on_hello(const std::string& peer, const Packet& packet,
                       const access::Origin& origin) {
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
    worker.last_heard = now_;
    worker.text = "starting";
    queues_.add(stage, std::move(worker));
    port_.send(peer, welcome_packet(flow_, stage, as, jobs_, elsewhere_));
  } catch (const Error& error) {
    clients_.refuse(peer, 0, error);
  } catch (const schemas::CodecError& error) {
    clients_.refuse(peer, 0, {"protocol", "gateway", "", error.what(), "see schemas/wire.md"});
  }
}

void Gateway::on_stage(std::size_t stage, const std::string& peer, Packet packet) {
  Worker& worker = *queues_[stage].find(peer);
  const schemas::Header& header = packet.header;
  const auto rhythm = [&](auto work) {
    return work == worker.in_flight.end() ? nullptr : jobs_.rhythm_of(work->second);
  };
  note_sign(worker, rhythm(worker.in_flight.begin()), now_);
  worker.last_heard = now_;
  note_announced(worker, header, rhythm(worker.in_flight.find(header.id)));
  switch (header.kind) {
    case Kind::emit: return on_emit(stage, worker, std::move(packet));
    case Kind::done: return runner_.completed(worker, header.id, now_);
    case Kind::failed: return on_failed(stage, worker, packet);
    case Kind::progress:
      if (works_on(worker, header)) runner_.progressed(flow_.stages[stage], packet, now_);
      return;
    case Kind::call:
      if (works_on(worker, header)) return on_call(stage, worker, std::move(packet));
      return refuse_call(stage, worker, header);
    case Kind::loading: worker.text = std::string(packet.body.view().substr(0, 256)); return;
    case Kind::ready:
      worker.ready = true;
      worker.credit = std::min(header.count, most_credit(flow_.stages[stage]));
      worker.text.clear();
      return replicas_[stage].ready(worker.replica, now_);
    case Kind::bye: return lose(stage, peer, "left");
    default: return;  // a beat, or a kind of a later version
  }
}

void Gateway::on_failed(std::size_t stage, Worker& worker, const Packet& packet) {
  schemas::Fault fault = fault_in(packet);
  fault.stage = flow_.stages[stage].name;
  if (packet.header.id == 0) {  // its executor could not be constructed; the process ends now
    return replicas_[stage].start_failed(
        worker.replica, fault.cause + (fault.hint.empty() ? "" : " (" + fault.hint + ")"));
  }
  const auto found = worker.in_flight.find(packet.header.id);
  if (found == worker.in_flight.end()) return;
  const Task& task = found->second;
  if (worker.state == WorkerState::trial && fault.code == "internal" && can_repeat(task)) {
    return follow(stage,
                  replicas_[stage].failed("it failed at its first messages: " + fault.cause));
  }
  if (const auto sender = stage_before(task, packet.header.count)) {
    fault.cause = "'" + fault.stage + "' cannot read what it sent: " + fault.cause;
    fault.stage = flow_.stages[*sender].name;
  }
  runner_.failed(task, std::move(fault));
  runner_.completed(worker, packet.header.id, now_);
}

// The stage so many places before that of the task, in its job's route.
std::optional<std::size_t> Gateway::stage_before(const Task& task, std::uint64_t places) {
  const OpenJob* job = jobs_.running(task.job, task.epoch);
  if (job == nullptr || places == 0 || places > task.hop) return std::nullopt;
  return job->route->path[task.hop - places];
}

void Gateway::on_emit(std::size_t stage, Worker& worker, Packet&& packet) {
  const auto found = worker.in_flight.find(packet.header.id);
  if (found == worker.in_flight.end()) return;
  const Task& task = found->second;
  try {
    rights_.check_answer(worker, task, packet);
  } catch (const Error& error) {
    rights_.note_refused(
        worker, "answer " + schemas::quoted(packet.header.type) + " of " + flow_.stages[stage].name,
        error);
    runner_.failed(task, fault_of(error, flow_.stages[stage].name));
    return runner_.completed(worker, packet.header.id, now_);
  }
  runner_.emitted(worker, std::move(packet), now_);
}

void Gateway::on_call(std::size_t stage, Worker& worker, Packet&& packet) {
  const OpenJob* parent = jobs_.running(packet.header.job, packet.header.epoch);
  if (parent == nullptr) return;  // over already: the caller hears of that
  const std::string what = "call " + schemas::quoted(packet.header.endpoint) + " " +
                           schemas::quoted(packet.header.type) + " of " + flow_.stages[stage].name;
  const Asker asker{worker.peer, packet.header.id, parent->id, parent->epoch, parent->root()};
  const Rights rights{parent->owner, parent->admin};
  try {
    const Route& route = rights_.route_of(worker, *parent, packet);
    packet.header.key.clear();
    // Who asks has no more time than it has itself.
    packet.header.deadline_ms = parent->time_left_ms(now_);
    open_job(route, std::move(packet), rights, false, asker);
  } catch (const Error& error) {
    rights_.note_refused(worker, what, error);
    replies_.fail(asker, fault_of(error, "gateway"));
  } catch (const schemas::CodecError& error) {
    replies_.fail(asker, {"bad_input", "gateway", asker.parent, error.what(), ""});
  }
}

// Of a job that the worker has not in hand. An attempt that is over is in its hands still.
void Gateway::refuse_call(std::size_t stage, Worker& worker, const schemas::Header& call) {
  const Error why =
      call.epoch == 0
          ? Error("protocol", "a call without `a`, the epoch of the work that it belongs to",
                  "copy `j` and `a` from the work; see schemas/wire.md")
          : Error("protocol",
                  "a call for " + schemas::quoted(call.job) + ", epoch " +
                      std::to_string(call.epoch) + ", of which this stage has no work in hand",
                  "copy `j` and `a` from the work that it has not answered yet");
  rights_.note_refused(
      worker, "call " + schemas::quoted(call.endpoint) + " of " + flow_.stages[stage].name, why);
  replies_.fail({worker.peer, call.id, call.job, call.epoch, ""},
                fault_of(why, flow_.stages[stage].name));
}

void Gateway::lose(std::size_t stage, const std::string& peer, const std::string& text, bool kill) {
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
void Gateway::check_workers(std::size_t stage, bool probes) {
  const Stage& config = flow_.stages[stage];
  std::vector<std::string> closed, silent;
  for (const auto& worker : queues_[stage].workers()) {
    runner_.check_timeouts(config, worker, now_);
    const auto silence = now_ - worker.last_heard;
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
