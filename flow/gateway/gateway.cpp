#include "flow/gateway/gateway.h"

#include <algorithm>

namespace flow {
namespace {

constexpr std::chrono::seconds kProbe{1};  // how often who may be gone is sent a beat

}  // namespace

Gateway::Gateway(Flow& flow, GatewayPort port, Journal& journal)
    : flow_(flow),
      port_(std::move(port)),
      elsewhere_(journal.open_elsewhere()),
      admission_(flow, port_.guard, port_.wall_ms),
      books_(journal, port_.wall_ms),
      discretion_(flow),
      clients_(port_.send, port_.tell, &discretion_),
      queues_(flow.stages),
      jobs_(books_.ledger()),
      replies_(port_.send, port_.tell),
      rights_(flow, jobs_, {port_.guard, port_.wall_ms, port_.log}),
      capacity_(flow, books_, clients_, queues_, jobs_, estimates_),
      desk_(books_, clients_, admission_, jobs_, estimates_),
      runner_(flow, port_.send, books_, clients_, replies_, queues_, replicas_, jobs_, estimates_),
      opener_(flow, port_, books_, jobs_),
      calls_(jobs_, rights_, replies_, opener_),
      workforce_({flow, port_, elsewhere_, admission_, clients_, queues_, replicas_, jobs_, desk_,
                  runner_}),
      absences_(flow, books_, clients_, jobs_, replicas_) {
  for (std::size_t i = 0; i < flow.stages.size(); ++i) {
    replicas_.emplace_back(flow.stages[i], queues_[i]);
  }
  recover();
}

void Gateway::on_packet(const std::string& peer, executor::Packet packet, Time now,
                        const access::Origin& origin) {
  now_ = now;
  const auto stage = queues_.stage_of(peer);
  const std::uint64_t id = packet.header.id;
  try {
    if (!stage) {
      on_client(peer, std::move(packet), origin);
    } else if (const auto why = admission_.objection(origin, flow_.stages[*stage].name);
               !why.empty()) {
      workforce_.lose(*stage, peer, why);
    } else {
      on_stage(*stage, peer, std::move(packet));
    }
  } catch (const schemas::CodecError& error) {
    on_garbage(peer, id, error.what());
  }
  settle();
}

void Gateway::on_garbage(const std::string& peer, std::uint64_t id, const std::string& why) {
  if (const auto stage = queues_.stage_of(peer)) {
    workforce_.lose(*stage, peer, "sent bytes that are no packet: " + why);
    return settle();
  }
  clients_.refuse(peer, id,
                  {"protocol", "gateway", "", why, "speak the protocol of schemas/wire.md"});
}

void Gateway::on_stage_died(std::size_t stage, std::uint32_t replica, const std::string& text,
                            bool again) {
  workforce_.died(stage, replica, text, again, now_);
  settle();
}

void Gateway::on_tick(Time now) {
  now_ = now;
  const bool probes = now - last_probe_ >= kProbe;
  if (probes) last_probe_ = now;
  if (probes) check_clients();
  workforce_.watch(probes, stopping_, now_);
  for (std::size_t stage = 0; stage < queues_.size(); ++stage) absences_.check(stage, now);
  runner_.check_deadlines(now);
  books_.tick(now);
  settle();
}

void Gateway::stood_still(std::chrono::milliseconds time) {
  queues_.stood_still(time);
  for (auto& replicas : replicas_) replicas.stood_still(time);
}

void Gateway::on_due(Time now) {
  now_ = now;
  settle();
}

void Gateway::on_stopping() {
  stopping_ = true;
  runner_.stop();
}

void Gateway::settle() {
  const auto waits_for = [this](const auto& peer, const auto& job) {
    return jobs_.waits_for(peer, job);
  };
  while (true) {
    while (const auto action = books_.next()) runner_.perform(*action, now_);
    const auto turn = queues_.next(now_, waits_for);
    if (!turn) return;
    if (runner_.deliver(turn->stage, turn->load, now_)) continue;
    workforce_.lose(turn->stage, std::string(turn->load.worker->peer), "cannot be reached", true);
  }
}

}  // namespace flow
