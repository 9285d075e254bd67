// What the gateway does with jobs as the ledger says.
#include "flow/gateway.h"
#include "flow/job_key.h"

namespace flow {
namespace {

constexpr std::size_t kRecentJobs = 64;  // ended jobs that `status` shows

executor::Packet ended_packet(const std::string& job, std::uint64_t id, const JobAction& action) {
  schemas::Header header;
  header.kind = schemas::Kind::ended;
  header.id = id;
  header.job = job;
  return executor::packet_of(
      header, schemas::Message::of(schemas::Ended{name_of(action.outcome), action.fault}));
}

}  // namespace

using executor::Packet;
using executor::packet_of;
using schemas::Kind;

std::string Gateway::open_job(const Route& route, Packet request, Origin origin,
                              const std::string& owner) {
  const std::string key = serial_key(route.serial, request.body.view(), route.endpoint, owner);
  Job job;
  job.id = new_job_id();
  job.owner = owner;
  job.route = &route;
  job.origin = std::move(origin);
  job.request = std::move(request);
  job.next_seq.resize(route.path.size() + 1);
  job.open.resize(route.path.size());
  const std::string id = job.id;
  jobs_.emplace(id, std::move(job));
  later_.push_back({JobEvent::Type::accept, id, key});
  settle();
  return id;
}

void Gateway::start(Job& job) {
  Packet request = std::exchange(job.request, {});
  enqueue(job, 0, 0, std::move(request), true);
}

void Gateway::fail_later(const std::string& job, schemas::Fault fault) {
  later_.push_back({JobEvent::Type::fail, job, "", std::move(fault)});
}

void Gateway::settle() {
  while (!later_.empty()) {
    const std::vector<JobEvent> events = std::exchange(later_, {});
    for (const auto& event : events) {
      for (const auto& action : ledger_.step(event)) {
        if (action.type == JobAction::Type::start) {
          start(jobs_.at(action.job));
        } else {
          end(action);
        }
      }
    }
  }
}

void Gateway::answer(Job& job, const Packet& packet) {
  if (!job.origin.parent.empty()) {
    if (!job.answer.header.type.empty()) {
      fail_later(job.id, {"protocol", "gateway", job.id, "a called route answered twice",
                          "call only routes that answer with one message"});
    }
    job.answer = packet;
    return;
  }
  schemas::Header header;
  header.kind = Kind::result;
  header.id = job.origin.id;
  header.job = job.id;
  header.type = packet.header.type;
  header.seq = job.next_seq.back()++;
  header.last = packet.header.last;
  tell_client(job, {header, packet.body, packet.blobs});
}

void Gateway::tell_client(const Job& job, const Packet& packet) {
  const bool sent = port_.send(job.origin.peer, packet);
  // A job that writes (a serialised route) goes on without its client; others have no reader left.
  if (!sent && job.route->serial.empty()) {
    later_.push_back({JobEvent::Type::cancel,
                      job.id,
                      "",
                      {"cancelled", "gateway", job.id, "the client is gone", ""}});
  }
}

void Gateway::tell_asker(const Job& job, const JobAction& action) {
  if (job.origin.parent.empty()) {
    port_.send(job.origin.peer, ended_packet(job.id, job.origin.id, action));
    return;
  }
  schemas::Header header;
  header.id = job.origin.id;
  header.job = job.origin.parent;
  schemas::Fault fault = action.fault;
  if (action.outcome == JobState::done && job.answer.header.type.empty()) {
    fault = {"protocol", "gateway", job.id, "the called route answered nothing", ""};
  }
  if (fault.code.empty()) {
    header.kind = Kind::reply;
    header.type = job.answer.header.type;
    port_.send(job.origin.peer, {header, job.answer.body, job.answer.blobs});
  } else {
    header.kind = Kind::failed;
    port_.send(job.origin.peer, packet_of(header, schemas::Message::of(fault)));
  }
}

void Gateway::end(const JobAction& action) {
  const auto found = jobs_.find(action.job);
  const Job job = std::move(found->second);
  jobs_.erase(found);
  for (auto& dispatch : dispatch_) dispatch.forget(job.id);
  tell_asker(job, action);
  for (const auto& [stage, peer] : job.took_part) port_.send(peer, ended_packet(job.id, 0, action));
  for (const auto& child : job.children) {
    later_.push_back({JobEvent::Type::cancel,
                      child,
                      "",
                      {"cancelled", "gateway", child, "the asking job has ended", ""}});
  }
  if (!job.origin.parent.empty()) return;
  recent_.push_back({job.id, job.route->endpoint, job.owner, name_of(action.outcome),
                     action.fault.stage.empty() ? job.progress.stage : action.fault.stage,
                     job.progress.step, job.progress.total, 0, action.fault.cause});
  if (recent_.size() > kRecentJobs) recent_.pop_front();
}

}  // namespace flow
