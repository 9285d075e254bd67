#include "flow/gateway/welcome.h"

#include <algorithm>
#include <set>

#include "schemas/link.h"

namespace flow {
namespace {

bool leads_to(const Flow& flow, const Route& route, std::size_t stage,
              std::set<const Route*>& seen) {
  if (!seen.insert(&route).second) return false;
  return std::any_of(route.path.begin(), route.path.end(), [&](std::size_t each) {
    if (each == stage) return true;
    const auto& calls = flow.stages[each].plugin.calls;
    return std::any_of(calls.begin(), calls.end(), [&](const executor::Call& call) {
      const Route* called = flow.find_route(call.endpoint);
      return called != nullptr && leads_to(flow, *called, stage, seen);
    });
  });
}

}  // namespace

bool takes_part(const Flow& flow, const Route& route, std::size_t stage) {
  std::set<const Route*> seen;
  return leads_to(flow, route, stage, seen);
}

// Durable jobs first: what a stage keeps on disk is theirs.
executor::Packet welcome_packet(const Flow& flow, std::size_t index, const Stage& stage,
                                const OpenJobs& jobs, const std::vector<std::string>& elsewhere) {
  schemas::Welcome welcome{stage.with,
                           flow.beat_ms,
                           {},
                           stage.batch.size,
                           static_cast<std::int64_t>(stage.gpu_memory_bytes)};
  if (!stage.remote || stage.plugin.hears_end) welcome.open_jobs = elsewhere;
  std::set<const Route*> routes;
  for (const auto& route : flow.routes) {
    if (takes_part(flow, route, index)) routes.insert(&route);
  }
  for (const auto* kept : jobs.kept()) {
    const Route* route = flow.find_route(kept->endpoint);
    if (route == nullptr || routes.contains(route)) welcome.open_jobs.push_back(kept->id);
  }
  for (const bool durable : {true, false}) {
    for (const auto& [id, job] : jobs) {
      if (job.durable != durable || !routes.contains(job.route)) continue;
      if (welcome.open_jobs.size() < schemas::kMaxArray) welcome.open_jobs.push_back(id);
    }
  }
  schemas::Header header;
  header.kind = schemas::Kind::welcome;
  return executor::packet_of(header, schemas::Message::of(welcome));
}

}  // namespace flow
