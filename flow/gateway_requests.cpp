// The gateway's side towards clients, and towards stages that are not yet taken in.
#include <algorithm>

#include "executor/describe.h"
#include "executor/error.h"
#include "flow/gateway.h"
#include "schemas/nearest.h"

namespace flow {
namespace {

// Jobs that may be open at once: memory stays bounded when clients send faster than stages work.
constexpr std::size_t kMaxOpenJobs = 4096;
constexpr std::size_t kMaxOwnerBytes = 256;

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace

using executor::Error;
using executor::Packet;
using executor::packet_of;
using schemas::Kind;

void Gateway::on_peer_packet(const std::string& peer, Packet packet) {
  switch (packet.header.kind) {
    case Kind::request: return on_request(peer, std::move(packet));
    case Kind::cancel: return on_cancel(peer, packet);
    case Kind::hello: return on_hello(peer, packet);
    case Kind::stop: stop_asked_ = true; [[fallthrough]];
    case Kind::status: {
      schemas::Header header;
      header.kind = Kind::report;
      header.id = packet.header.id;
      port_.send(peer, packet_of(header, schemas::Message::of(status())));
      return;
    }
    default:  // a stage that a gateway before this one knew
      return refuse(peer, packet.header.id,
                    {"protocol", "gateway", "", "unexpected without a request or a hello",
                     "speak the protocol of schemas/wire.md"});
  }
}

void Gateway::refuse(const std::string& peer, std::uint64_t id, schemas::Fault fault) {
  schemas::Header header;
  header.kind = Kind::refused;
  header.id = id;
  port_.send(peer, packet_of(header, schemas::Message::of(fault)));
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
  const Stage& first = flow_.stages[route->path.front()];
  const bool full = dispatch_[route->path.front()].waiting() >= first.queue_items;
  if (jobs_.size() >= kMaxOpenJobs || (full && first.when_full == WhenFull::reject)) {
    throw Error("queue_full", "the queue of '" + first.name + "' is full",
                "try again when earlier requests have ended");
  }
  return *route;
}

void Gateway::on_request(const std::string& peer, Packet packet) {
  const std::uint64_t id = packet.header.id;
  try {
    const Route& route = check_request(packet);
    const std::string owner = packet.header.owner;
    const std::string job = open_job(route, std::move(packet), {peer, id, ""}, owner);
    schemas::Header header;
    header.kind = Kind::accepted;
    header.id = id;
    header.job = job;
    header.count = ledger_.is_open(job) ? ledger_.position(job) : 0;
    port_.send(peer, {header, {}, {}});
  } catch (const Error& error) {
    refuse(peer, id, {error.code(), "gateway", "", error.what(), error.hint()});
  } catch (const schemas::CodecError& error) {
    refuse(peer, id, {"bad_input", "gateway", "", error.what(), "see schemas/wire.md"});
  }
}

void Gateway::on_cancel(const std::string& peer, const Packet& packet) {
  for (const auto& [id, job] : jobs_) {
    const bool asked = packet.header.job.empty()
                           ? job.origin.peer == peer && job.origin.id == packet.header.id
                           : id == packet.header.job;
    if (!asked || job.origin.peer != peer) continue;  // only who asked for a job cancels it
    later_.push_back({JobEvent::Type::cancel,
                      id,
                      "",
                      {"cancelled", "gateway", id, "the job was cancelled", ""}});
  }
}

void Gateway::on_hello(const std::string& peer, const Packet& packet) {
  try {
    const auto hello = schemas::unpack<schemas::Hello>(packet.body.view());
    const auto found = std::find_if(flow_.stages.begin(), flow_.stages.end(),
                                    [&](const Stage& stage) { return stage.name == hello.name; });
    if (found == flow_.stages.end()) {
      throw Error("not_found", "the flow has no executor '" + hello.name.substr(0, 64) + "'");
    }
    if (hello.plugin != executor::to_json(found->plugin)) {
      throw Error("bad_config", "the plugin of '" + hello.name +
                                    "' is not the one that the flow was checked with");
    }
    const auto stage = static_cast<std::size_t>(found - flow_.stages.begin());
    Worker worker;
    worker.peer = peer;
    worker.replica = static_cast<std::uint32_t>(hello.replica);
    worker.pid = hello.pid;
    worker.last_heard = now_;
    worker.text = "starting";
    dispatch_[stage].add(std::move(worker));
    stage_of_peer_[peer] = stage;
    schemas::Header header;
    header.kind = Kind::welcome;
    port_.send(peer, packet_of(header,
                               schemas::Message::of(schemas::Welcome{found->with, flow_.beat_ms})));
  } catch (const Error& error) {
    refuse(peer, 0, {error.code(), "gateway", "", error.what(), error.hint()});
  } catch (const schemas::CodecError& error) {
    refuse(peer, 0, {"protocol", "gateway", "", error.what(), "see schemas/wire.md"});
  }
}

}  // namespace flow
