// Who begins a piece of work on the GPU that several stages share.
#include <algorithm>

#include "flow/gateway/gateway.h"

namespace flow {

// Whether the process waits for this job, because it called for it or for one that did.
bool Gateway::waits_for(const std::string& peer, const std::string& id) const {
  auto job = jobs_.find(id);
  while (job != jobs_.end() && !job->second.asker.parent.empty()) {
    if (job->second.asker.peer == peer) return true;
    job = jobs_.find(job->second.asker.parent);
  }
  return false;
}

std::vector<std::string> Gateway::peers_on_gpu() const {
  std::vector<std::string> peers;
  for (const std::size_t stage : sharing_) {
    for (const auto& worker : dispatch_[stage].workers()) {
      if (!worker.in_flight.empty()) peers.push_back(worker.peer);
    }
  }
  return peers;
}

// One piece of work at a time; but what the one at work waits for is done meanwhile.
std::optional<std::size_t> Gateway::next_on_gpu(const Dispatch::May& may, bool busy) {
  std::set<std::size_t> wanting;
  for (const std::size_t stage : sharing_) {
    if (dispatch_[stage].has_next(now_, {})) wanting.insert(stage);
  }
  const auto turn = turns_.next(wanting, busy, now_);
  if (turn || !busy) return turn;
  for (const std::size_t stage : sharing_) {
    if (dispatch_[stage].has_next(now_, may)) return stage;
  }
  return std::nullopt;
}

void Gateway::drain_gpu() {
  while (true) {
    const auto busy = peers_on_gpu();
    const auto may = [&](const Task& work) {
      return std::all_of(busy.begin(), busy.end(),
                         [&](const auto& peer) { return waits_for(peer, work.job); });
    };
    const auto stage = next_on_gpu(may, !busy.empty());
    const auto load = stage ? dispatch_[*stage].next(now_, may) : std::nullopt;
    if (!load) return;
    if (deliver(*stage, *load)) continue;
    load->worker->ready = false;
    const std::string peer = load->worker->peer;
    const std::uint32_t replica = load->worker->replica;
    lose(*stage, peer, "cannot be reached");
    port_.kill(*stage, replica);
    settle();
  }
}

}  // namespace flow
