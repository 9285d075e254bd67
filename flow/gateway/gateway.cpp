#include "flow/gateway/gateway.h"

#include <algorithm>

namespace flow {
namespace {

constexpr std::chrono::seconds kProbe{1};  // how often stages of other hosts are sent a beat

}  // namespace

using executor::Packet;
using schemas::Kind;

Gateway::Gateway(Flow& flow, GatewayPort port, Journal& journal)
    : flow_(flow),
      port_(std::move(port)),
      elsewhere_(journal.open_elsewhere()),
      books_(journal, port_.wall_ms),
      clients_(port_.send, port_.tell),
      queues_(flow.stages) {
  for (std::size_t i = 0; i < flow.stages.size(); ++i) {
    replicas_.emplace_back(flow.stages[i], queues_[i]);
    for (const auto& call : flow.stages[i].plugin.calls) internal_.insert(call.endpoint);
  }
  recover();
}

void Gateway::on_packet(const std::string& peer, Packet packet, Time now,
                        const access::Origin& origin) {
  now_ = now;
  const auto stage = queues_.stage_of(peer);
  const std::uint64_t id = packet.header.id;
  try {
    if (!stage) {
      on_peer_packet(peer, std::move(packet), origin);
    } else if (port_.guard != nullptr && !port_.guard->allows_stage(origin)) {
      lose(*stage, peer, "has a key that was revoked");
    } else {
      on_stage_packet(*stage, peer, std::move(packet));
    }
  } catch (const schemas::CodecError& error) {
    on_garbage(peer, id, error.what());
  }
  settle();
  drain();
}

void Gateway::on_garbage(const std::string& peer, std::uint64_t id, const std::string& why) {
  if (const auto stage = queues_.stage_of(peer)) {
    lose(*stage, peer, "sent bytes that are no packet: " + why);
    return settle();
  }
  clients_.refuse(peer, id,
                  {"protocol", "gateway", "", why, "speak the protocol of schemas/wire.md"});
}

void Gateway::on_stage_died(std::size_t stage, std::uint32_t replica, const std::string& text,
                            bool again) {
  follow(stage, replicas_[stage].died(replica, text, again, now_));
  settle();
  drain();
}

void Gateway::on_tick(Time now) {
  now_ = now;
  const bool probes = now - last_probe_ >= kProbe;
  if (probes) last_probe_ = now;
  for (std::size_t stage = 0; stage < queues_.size(); ++stage) {
    if (probes) check_connections(stage);
    check_silence(stage);
    follow(stage, replicas_[stage].tick(now, stopping_ ? Replicas::Start() : starter(stage)));
  }
  check_deadlines();
  books_.tick(now);
  settle();
  drain();
}

void Gateway::on_committed() {
  settle();
  drain();
}

void Gateway::on_due(Time now) {
  now_ = now;
  drain();
}

void Gateway::on_stopping() {
  stopping_ = true;
  for (const auto& [id, job] : jobs_) {
    if (!job.durable) continue;
    clients_.stopping(id);
  }
}

// A durable job, and what it asks of other routes, waits for a stage until somebody has mended it.
bool Gateway::outlasts(const Job& job) const {
  if (job.asker.parent.empty()) return job.durable;
  const auto parent = jobs_.find(job.asker.parent);
  return parent != jobs_.end() && outlasts(parent->second);
}

}  // namespace flow
