// What clients ask about their jobs, whether they made them on this connection or another.
#include <algorithm>

#include "executor/error.h"
#include "flow/gateway/gateway.h"

namespace flow {
namespace {

constexpr std::size_t kListedJobs = 500;  // ended ones; open ones are all listed

}  // namespace

using executor::Error;
using executor::Packet;
using executor::packet_of;
using schemas::Kind;

void Gateway::on_control(const std::string& peer, const Packet& packet,
                         const access::Principal& who, const access::Origin& origin) {
  const Watcher watcher{peer, packet.header.id, who.name};
  try {
    const auto asked = schemas::unpack<schemas::Control>(packet.body.view());
    if (asked.action != "scale" && asked.action != "swap") {
      return control(asked, packet.header.owner, who, watcher);
    }
    // They start programs: not from another host, whoever asks.
    if (!who.is_admin() || origin.link != access::Link::own) {
      throw Error("forbidden", "only an administrator on the server's host may " + asked.action,
                  "ask there, over the ipc socket");
    }
    steer(asked, watcher);
  } catch (const Error& error) {
    clients_.refuse(peer, watcher.id, error);
  } catch (const schemas::CodecError& error) {
    clients_.refuse(peer, watcher.id,
                    {"bad_input", "gateway", "", error.what(), "see schemas/wire.md"});
  }
}

// A job is as open to a principal as its route.
bool Gateway::may_touch(const access::Principal& who, const JobRecord& record) const {
  const Route* route = flow_.find_route(record.endpoint);
  return who.may_ask(record.endpoint,
                     route != nullptr ? route->access : usual_access(record.endpoint));
}

void Gateway::control(const schemas::Control& asked, const std::string& owner,
                      const access::Principal& who, const Watcher& watcher) {
  if (asked.action == "list") {
    std::vector<const JobRecord*> records = books_.ledger().lately(kListedJobs);
    std::erase_if(records,
                  [&](const auto* each) { return each->owner != owner || !may_touch(who, *each); });
    return report(records, false, watcher);
  }
  const JobRecord* record = books_.ledger().find(asked.job);
  if (record == nullptr ||
      record->owner != owner) {  // another's job is none, as far as this one knows
    throw Error("not_found", "you have no job '" + asked.job.substr(0, 64) + "'",
                "souvenir jobs list");
  }
  if (!may_touch(who, *record)) {
    throw Error("forbidden", "'" + who.name + "' may not ask " + record->endpoint,
                "use a key with that scope");
  }
  const std::string id = record->id;
  const auto note = [&](JobEvent::Type type, schemas::Fault fault = {}) {
    books_.note({type, id, std::move(fault), 0, owner});
    settle();
    const JobRecord* left = books_.ledger().find(id);
    if (left == nullptr) {
      throw Error("not_found", "the job " + id + " has ended and is not kept", "");
    }
    report({left}, false, watcher);
  };
  if (asked.action == "show") return report({record}, true, watcher);
  if (asked.action == "watch") return attach(*record, watcher);
  if (asked.action == "retry") return try_again(*record, watcher);
  if (asked.action == "cancel") {
    if (!record->is_open())
      throw Error("bad_input", "the job has ended: " + name_of(record->state));
    return note(JobEvent::Type::cancel, {"cancelled", "gateway", id, "the job was cancelled", ""});
  }
  if (asked.action == "pause") {
    refuse_pause(*record);
    return note(JobEvent::Type::pause);
  }
  if (asked.action == "resume") {
    if (record->state != JobState::paused) {
      throw Error("bad_input", "the job is not paused: " + name_of(record->state));
    }
    return note(JobEvent::Type::resume);
  }
  throw Error("bad_input", "there is no action '" + asked.action.substr(0, 64) + "'",
              "list, show, watch, cancel, retry, pause, resume, scale, swap");
}

void Gateway::refuse_pause(const JobRecord& record) const {
  if (!record.is_open()) throw Error("bad_input", "the job has ended: " + name_of(record.state));
  if (!record.durable) {
    throw Error("bad_input", record.endpoint + " keeps nothing that it could go on from",
                "cancel it instead");
  }
  if (record.shared && record.attempt > 0) {
    throw Error("forbidden", "the job has its turn at a shared model: a pause would hold up others",
                "cancel it instead");
  }
}

// Sends a watcher what it missed: as if it had made the request itself.
void Gateway::attach(const JobRecord& record, const Watcher& watcher) {
  if (record.call) {
    throw Error("bad_input", "a stage asked for this job and alone hears its answer",
                "watch the job that it works on");
  }
  if (const auto open = jobs_.find(record.id); open != jobs_.end()) {
    clients_.join(record.id, watcher);
    if (open->second.acknowledged) {
      clients_.accepted(watcher, record.id, books_.ledger().before(record.id).size());
    }
    if (!record.progress.stage.empty()) clients_.progress(watcher, record.id, record.progress);
    return;
  }
  clients_.accepted(watcher, record.id, 0);
  std::vector<Packet> results;
  if (record.durable) {
    if (!clients_.has_room(watcher.owner, books_.journal().result_bytes(record.id))) {
      return clients_.left_out(watcher, record.id);
    }
    results = books_.journal().results(record.id);
  }
  clients_.replay(watcher, record.id, results, {name_of(record.state), record.fault});
}

// A new job from the request of one that failed: the old one has ended, once and for all.
void Gateway::try_again(const JobRecord& record, const Watcher& watcher) {
  const bool ended_badly = record.state == JobState::failed || record.state == JobState::cancelled;
  if (!ended_badly || !record.durable) {
    throw Error(
        "bad_input",
        ended_badly ? "the request of this job is not kept" : "the job is " + name_of(record.state),
        "retry takes a job with a key or on a durable route that has failed or was cancelled");
  }
  Packet request = books_.journal().request(record.id);
  request.header.kind = Kind::request;
  request.header.endpoint = record.endpoint;
  request.header.owner = record.owner;
  const Route& route = check_request(request);
  check_limits(route, request, true);
  const std::string owner = record.owner;  // the record may move when another joins it
  open_job(route, std::move(request), owner, {}, watcher, true);  // as its predecessor was
}

void Gateway::report(const std::vector<const JobRecord*>& records, bool history,
                     const Watcher& watcher) {
  schemas::JobReport report;
  for (const auto* record : records) report.jobs.push_back(status_of(*record));
  if (history && records.front()->durable)
    report.history = books_.journal().history(records.front()->id);
  schemas::Header header;
  header.kind = Kind::report;
  header.id = watcher.id;
  clients_.answer(watcher, packet_of(header, schemas::Message::of(report)));
}

schemas::JobStatus Gateway::status_of(const JobRecord& record) const {
  schemas::JobStatus status;
  status.id = record.id;
  status.kind = record.endpoint;
  status.owner = record.owner;
  status.state = name_of(record.state);
  status.stage = record.fault.stage.empty() ? record.progress.stage : record.fault.stage;
  status.step = record.progress.step;
  status.total = record.progress.total;
  status.position = static_cast<std::int64_t>(books_.ledger().before(record.id).size());
  status.text = record.fault.cause.empty() ? record.progress.text : record.fault.cause;
  status.eta_s = eta_s(record);
  status.attempt = record.attempt;
  status.epoch = static_cast<std::int64_t>(record.epoch);
  status.checkpoint_step = record.checkpoint_step;
  status.durable = record.durable;
  status.created_ms = record.created_ms;
  status.ended_ms = record.ended_ms;
  status.key = record.key;
  status.reasons = record.reasons;
  return status;
}

// What its own stage says; else what such jobs took lately; in a queue, with those before it.
std::optional<double> Gateway::eta_s(const JobRecord& record) const {
  const auto open = jobs_.find(record.id);
  if (open == jobs_.end() || record.state == JobState::paused) return std::nullopt;
  const auto mean = mean_s_.find(record.endpoint);
  if (record.state == JobState::running) {
    if (record.progress.eta_s) return record.progress.eta_s;
    if (mean == mean_s_.end()) return std::nullopt;
    const double ran_s = std::chrono::duration<double>(now_ - open->second.started).count();
    return std::max(0.0, mean->second - ran_s);
  }
  const auto before = books_.ledger().before(record.id);
  std::optional<double> sum = mean != mean_s_.end() ? std::optional(mean->second) : std::nullopt;
  for (const auto& id : before) {
    const JobRecord& other = *books_.ledger().find(id);  // open: whatever waits in a queue is kept
    if (other.state != JobState::running) {
      if (sum && mean != mean_s_.end()) *sum += mean->second;
      continue;
    }
    const auto eta = eta_s(other);
    if (!eta) return std::nullopt;
    // Nothing known of such jobs yet: as long as the one that runs.
    if (!sum) sum = *eta;
    *sum += *eta;
  }
  return sum;
}

}  // namespace flow
