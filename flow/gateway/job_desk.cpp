#include "flow/gateway/job_desk.h"

#include <algorithm>

#include "executor/error.h"
#include "flow/gateway/job_key.h"

namespace flow {
namespace {

constexpr std::size_t kListedJobs = 500;  // ended ones; open ones are all listed
constexpr std::size_t kRecentJobs = 64;   // ended jobs that `status` shows

void check_open(const JobRecord& record) {
  if (record.is_open()) return;
  throw executor::Error("bad_input", "the job has ended: " + name_of(record.state));
}

void check_pause(const JobRecord& record) {
  check_open(record);
  if (!record.durable) {
    throw executor::Error("bad_input", record.endpoint + " keeps nothing that it could go on from",
                          "cancel it instead");
  }
  if (record.shared && record.attempt > 0) {
    throw executor::Error("forbidden",
                          "the job has its turn at a shared model: a pause would hold up others",
                          "cancel it instead");
  }
}

JobEvent event_of(const std::string& action, const JobRecord& record) {
  JobEvent event{.type = JobEvent::Type::cancel, .job = record.id, .who = record.owner};
  if (action == "cancel") {
    check_open(record);
    event.fault = {"cancelled", "gateway", record.id, "the job was cancelled", ""};
  } else if (action == "pause") {
    check_pause(record);
    event.type = JobEvent::Type::pause;
  } else if (action == "resume") {
    if (record.state != JobState::paused) {
      throw executor::Error("bad_input", "the job is not paused: " + name_of(record.state));
    }
    event.type = JobEvent::Type::resume;
  } else {
    throw executor::Error("bad_input", "there is no action '" + action.substr(0, 64) + "'",
                          "list, show, watch, cancel, retry, pause, resume, scale, swap, reread");
  }
  return event;
}

}  // namespace

using executor::Error;
using executor::Packet;
using executor::packet_of;
using schemas::Kind;

// Another's job is none, as far as this one knows.
const JobRecord& JobDesk::find(const std::string& job, const access::Principal& who) const {
  const JobRecord* record = books_.ledger().find(job);
  if (record == nullptr || record->owner != who.name) {
    throw Error("not_found", "you have no job '" + job.substr(0, 64) + "'", "souvenir jobs list");
  }
  if (!admission_.may_touch(who, *record)) {
    throw Error("forbidden", "'" + who.name + "' may not ask " + record->endpoint,
                "use a key with that scope");
  }
  return *record;
}

void JobDesk::list(const access::Principal& who, const Watcher& watcher, Time now) {
  schemas::JobReport found;
  for (const auto* record : books_.ledger().lately(kListedJobs)) {
    if (record->owner != who.name || !admission_.may_touch(who, *record)) continue;
    if (!admission_.is_listed(*record)) continue;
    found.jobs.push_back(status(*record, now));
  }
  report(found, watcher);
}

bool JobDesk::act(const std::string& action, const JobRecord& record, const Watcher& watcher,
                  Time now) {
  if (action == "show") {
    show(record.id, true, watcher, now);
    return false;
  }
  if (action == "watch") {
    attach(record, watcher);
    return false;
  }
  books_.note(event_of(action, record));
  return true;
}

void JobDesk::show(const std::string& job, bool history, const Watcher& watcher, Time now) {
  const JobRecord* record = books_.ledger().find(job);
  if (record == nullptr) throw Error("not_found", "the job " + job + " has ended and is not kept");
  schemas::JobReport found;
  found.jobs.push_back(status(*record, now));
  if (history && record->durable) found.history = books_.journal().history(job);
  report(found, watcher);
}

void JobDesk::confirm(const Watcher& watcher) {
  report({}, watcher);
}

void JobDesk::report(const schemas::JobReport& found, const Watcher& watcher) {
  schemas::Header header;
  header.kind = Kind::report;
  header.id = watcher.id;
  clients_.answer(watcher, packet_of(header, schemas::Message::of(found)));
}

// Sends a watcher what it missed: as if it had made the request itself.
void JobDesk::attach(const JobRecord& record, const Watcher& watcher) {
  if (record.call) {
    throw Error("bad_input", "a stage asked for this job and alone hears its answer",
                "watch the job that it works on");
  }
  if (const OpenJob* open = jobs_.find(record.id)) {
    clients_.join(record.id, watcher);
    if (open->acknowledged) {
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

// A client that has not heard of its request yet sends it again, whole, every few seconds: what is
// on its way to the disk is not read once more. Its answer comes with the commit.
bool JobDesk::is_resent(const std::string& id, const Watcher& watcher, std::size_t bytes) const {
  const OpenJob* job = jobs_.find(id);
  if (job == nullptr || job->acknowledged || job->request_bytes != bytes) return false;
  return clients_.waits(id, watcher);
}

bool JobDesk::attach_by_key(const Watcher& watcher, const Packet& request) {
  const schemas::Header& header = request.header;
  if (header.key.empty()) return false;
  const JobRecord* earlier = books_.ledger().find_key(header.owner, header.key);
  if (earlier == nullptr) return false;
  if (is_resent(earlier->id, watcher, executor::bytes_of(request))) return true;
  // Of a job of an older journal no digest is known: its key alone tells.
  if (!earlier->digest.empty() && earlier->digest != digest(request)) {
    throw Error("exists",
                "the key '" + header.key + "' is that of another request, job " + earlier->id,
                "use a new key for a new request");
  }
  attach(*earlier, watcher);
  return true;
}

// The old job has ended, once and for all: its request becomes a new one.
Packet JobDesk::request_again(const JobRecord& record) const {
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
  return request;
}

std::vector<schemas::JobStatus> JobDesk::recent_jobs(Time now) const {
  std::vector<schemas::JobStatus> found;
  for (const auto* record : books_.ledger().lately(kRecentJobs)) {
    if (admission_.is_listed(*record)) found.push_back(status(*record, now));
  }
  return found;
}

// What a client sees of a flow that serves others, too.
void JobDesk::tell_status(schemas::Status status, const access::Principal& who,
                          const Watcher& watcher) {
  if (!who.is_admin()) {
    std::erase_if(status.jobs, [&](const auto& job) {
      const JobRecord* record = books_.ledger().find(job.id);
      return job.owner != who.name || record == nullptr || !admission_.may_touch(who, *record);
    });
    for (auto& stage : status.stages) stage.job.clear();
  }
  const schemas::Header header{.kind = Kind::report, .id = watcher.id};
  clients_.answer(watcher, packet_of(header, schemas::Message::of(status)));
}

schemas::JobStatus JobDesk::status(const JobRecord& record, Time now) const {
  const Ledger& ledger = books_.ledger();
  return status_of(record, ledger.before(record.id).size(),
                   estimates_.eta_s(record, jobs_, ledger, now));
}

}  // namespace flow
