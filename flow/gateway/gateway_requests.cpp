// The gateway's side towards clients, and towards stages that are not yet taken in.
#include <algorithm>

#include "executor/describe.h"
#include "executor/error.h"
#include "flow/gateway/gateway.h"
#include "flow/gateway/rate_limited.h"
#include "schemas/nearest.h"

namespace flow {
namespace {

constexpr double kRetryJob_s = 60;  // and one with too many jobs, when nothing better is known

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace

using executor::Error;
using executor::Packet;
using executor::packet_of;
using executor::Plugin;
using schemas::Kind;

void Gateway::on_peer_packet(const std::string& peer, Packet packet, const access::Origin& origin) {
  if (packet.header.kind == Kind::hello) return on_hello(peer, packet, origin);
  access::Principal who;
  try {
    who = admit(origin, packet);
  } catch (const Error& error) {
    return clients_.refuse(peer, packet.header.id, error);
  }
  packet.header.owner = who.name;
  packet.header.credential.clear();
  switch (packet.header.kind) {
    case Kind::request: return on_request(peer, std::move(packet));
    case Kind::cancel: return on_cancel(peer, packet);
    case Kind::control: return on_control(peer, packet, who, origin);
    case Kind::stop: stop_asked_ = true; [[fallthrough]];
    case Kind::status: {
      schemas::Header header;
      header.kind = Kind::report;
      header.id = packet.header.id;
      return clients_.answer({peer, header.id, who.name},
                             packet_of(header, schemas::Message::of(status_for(who))));
    }
    default:  // a stage that a gateway before this one knew
      return clients_.refuse(peer, packet.header.id,
                             {"protocol", "gateway", "", "unexpected without a request or a hello",
                              "speak the protocol of schemas/wire.md"});
  }
}

const Route& Gateway::check_request(const Packet& packet) const {
  const auto& [header, body, blobs] = packet;
  const Route* route = flow_.find_route(header.endpoint);
  if (route == nullptr) {
    std::vector<std::string> known;
    for (const auto& each : flow_.routes) known.push_back(each.endpoint);
    throw Error("not_found",
                "there is no endpoint '" + header.endpoint.substr(0, 64) + "'" +
                    schemas::did_you_mean(header.endpoint, known),
                "this flow has " + joined(known));
  }
  if (internal_.contains(route->endpoint)) {
    throw Error("forbidden", route->endpoint + " is asked by executors alone",
                "ask a route that no executor calls");
  }
  if (std::find(route->accepts.begin(), route->accepts.end(), header.type) ==
      route->accepts.end()) {
    throw Error("bad_input",
                route->endpoint + " does not take messages of type '" + header.type.substr(0, 64) +
                    "'" + schemas::did_you_mean(header.type, route->accepts),
                "it takes " + joined(route->accepts));
  }
  if (header.owner.empty() || header.owner.size() > kMaxOwnerBytes) {
    throw Error("bad_input", "the request names no owner, or one of over 256 bytes");
  }
  if (header.key.size() > kMaxKeyBytes) {
    throw Error("bad_input", "the idempotency key has over 128 bytes", "use a shorter one");
  }
  return *route;
}

// Whether a stage's queue takes `more` bytes; one message always finds room.
bool Gateway::is_full(std::size_t stage, std::size_t more) const {
  const Dispatch& queue = queues_[stage];
  const Stage& config = flow_.stages[stage];
  const std::size_t bytes = queue.waiting_bytes() + more;
  if (bytes > kMaxWaitingBytes) return true;
  if (config.when_full != WhenFull::reject) return false;
  return queue.waiting() >= config.queue_items ||
         (bytes > config.queue_bytes && queue.waiting() > 0);
}

void Gateway::check_limits(const Route& route, const Packet& packet, bool durable) const {
  const std::string& owner = packet.header.owner;
  if (stopping_) throw Error("unavailable", "the flow stops", "souvenir up, then try again");
  if (jobs_.size() >= kMaxOpenJobs) {
    throw RateLimited(std::to_string(kMaxOpenJobs) + " jobs are open, the most that a flow may",
                      kRetryRequest_s);
  }
  for (const std::size_t stage : route.path) {
    const std::size_t more = stage == route.path.front() ? executor::bytes_of(packet) : 0;
    if (!is_full(stage, more)) continue;
    throw RateLimited("the queue of '" + flow_.stages[stage].name + "' is full", kRetryRequest_s);
  }
  clients_.check_requests(owner, flow_.requests_per_user);
  if (durable || route.durable || !packet.header.key.empty()) {
    if (const auto trouble = books_.journal().trouble(); !trouble.empty()) {
      throw Error("unavailable", "jobs cannot be written down: " + trouble,
                  "make room on the server's disk");
    }
  }
  if (!route.durable) return;
  std::size_t jobs = 0;
  std::optional<double> first_end_s;
  for (const auto& [id, job] : jobs_) {
    if (job.owner != owner || job.route == nullptr || !job.route->durable) continue;
    ++jobs;
    const JobRecord* record = books_.ledger().find(id);
    const auto eta = record == nullptr ? std::nullopt : eta_s(*record);
    if (eta && (!first_end_s || *eta < *first_end_s)) first_end_s = eta;
  }
  if (jobs < flow_.jobs_per_user) return;
  throw RateLimited("you have " + std::to_string(jobs) + " jobs open, the most that one user may",
                    std::max(kRetryRequest_s, first_end_s.value_or(kRetryJob_s)));
}

// A client that has not heard of its request yet sends it again, whole, every few seconds: what is
// on its way to the disk is not read once more. Its answer comes with the commit.
bool Gateway::is_resent(const std::string& id, const Watcher& watcher, std::size_t bytes) const {
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) return false;
  const Job& job = found->second;
  if (job.acknowledged || job.request_bytes != bytes) return false;
  return clients_.waits(id, watcher);
}

// A request with the key of an earlier one is that one, asked again.
bool Gateway::attach_by_key(const Watcher& watcher, const Packet& packet) {
  if (packet.header.key.empty()) return false;
  const JobRecord* earlier = books_.ledger().find_key(packet.header.owner, packet.header.key);
  if (earlier == nullptr) return false;
  if (is_resent(earlier->id, watcher, executor::bytes_of(packet))) return true;
  // Of a job of an older journal no digest is known: its key alone tells.
  if (!earlier->digest.empty() && earlier->digest != digest(packet)) {
    throw Error(
        "exists",
        "the key '" + packet.header.key + "' is that of another request, job " + earlier->id,
        "use a new key for a new request");
  }
  attach(*earlier, watcher);
  return true;
}

void Gateway::on_request(const std::string& peer, Packet packet) {
  const std::uint64_t id = packet.header.id;
  try {
    if (administer(peer, packet)) return;
    const Route& route = check_request(packet);
    if (attach_by_key({peer, id, packet.header.owner}, packet)) return;
    check_limits(route, packet, false);
    const std::string owner = packet.header.owner;
    open_job(route, std::move(packet), owner, {}, {peer, id, owner});
  } catch (const Error& error) {
    clients_.refuse(peer, id, error);
  } catch (const schemas::CodecError& error) {
    clients_.refuse(peer, id, {"bad_input", "gateway", "", error.what(), "see schemas/wire.md"});
  }
}

void Gateway::on_cancel(const std::string& peer, const Packet& packet) {
  // Only who asked for a job cancels it; an owner from elsewhere does by `control`.
  for (const auto& id : clients_.asked_by(peer, packet.header.id, packet.header.job)) {
    books_.cancel(id, "the job was cancelled");
  }
}

void Gateway::on_hello(const std::string& peer, const Packet& packet,
                       const access::Origin& origin) {
  try {
    const auto hello = schemas::unpack<schemas::Hello>(packet.body.view());
    admit_stage(origin, hello.name);
    const auto found = std::find_if(flow_.stages.begin(), flow_.stages.end(),
                                    [&](const Stage& stage) { return stage.name == hello.name; });
    if (found == flow_.stages.end()) {
      throw Error("not_found", "the flow has no executor '" + hello.name.substr(0, 64) + "'");
    }
    if (origin.link != access::Link::own && !found->remote) {
      throw Error("forbidden", "'" + hello.name + "' runs on the server's host alone",
                  "write host = \"remote\" for it in the flow file");
    }
    const auto stage = static_cast<std::size_t>(found - flow_.stages.begin());
    Worker worker;
    worker.peer = peer;
    worker.replica = static_cast<std::uint32_t>(hello.replica);
    const Plugin& plugin = replicas_[stage].plugin_of(worker.replica);
    worker.state = replicas_[stage].state_of(worker.replica);
    worker.hears_end = plugin.hears_end;
    if (hello.plugin != executor::to_json(plugin)) {
      throw Error("bad_config", "the plugin of '" + hello.name +
                                    "' is not the one that the flow was checked with");
    }
    worker.pid = hello.pid;
    worker.last_heard = now_;
    worker.text = "starting";
    queues_.add(stage, std::move(worker));
    welcome(stage, peer);
  } catch (const Error& error) {
    clients_.refuse(peer, 0, error);
  } catch (const schemas::CodecError& error) {
    clients_.refuse(peer, 0, {"protocol", "gateway", "", error.what(), "see schemas/wire.md"});
  }
}

void Gateway::welcome(std::size_t stage, const std::string& peer) {
  const Stage& config = flow_.stages[stage];
  schemas::Welcome welcome{config.with, flow_.beat_ms, elsewhere_, config.batch.size,
                           static_cast<std::int64_t>(config.gpu_memory_bytes)};
  for (const bool durable : {true, false}) {
    for (const auto& [id, job] : jobs_) {
      if (job.durable != durable || welcome.open_jobs.size() >= schemas::kMaxArray) continue;
      welcome.open_jobs.push_back(id);
    }
  }
  schemas::Header header;
  header.kind = Kind::welcome;
  port_.send(peer, packet_of(header, schemas::Message::of(welcome)));
}

}  // namespace flow
