// Jobs that have failed beside a checkpoint: what their stages keep, and until when.
#include <algorithm>

#include "flow/gateway/ledger.h"

namespace flow {

using Type = JobAction::Type;

void Ledger::keep(const JobRecord& job, Actions& actions) {
  kept_.push_back(job.id);
  if (kept_.size() <= kMostKept) return;
  let_go(kept_.front(), std::to_string(kMostKept) + " jobs have failed since", actions);
}

// As if it had failed without a checkpoint: another retry begins at the first step.
void Ledger::let_go(std::string id, const std::string& why, Actions& actions) {
  if (std::erase(kept_, id) == 0) return;
  JobRecord& job = jobs_.at(id);
  const auto step = std::to_string(std::exchange(job.checkpoint_step, 0));
  actions.push_back({.type = Type::save,
                     .job = id,
                     .what = "dropped",
                     .text = "the checkpoint of step " + step + ": " + why});
  actions.push_back({.type = Type::let_go,
                     .job = id,
                     .outcome = job.state,
                     .ended = std::make_shared<const JobRecord>(job)});
}

void Ledger::let_go_before(const JobRecord& begins, Actions& actions) {
  if (begins.serial_key.empty()) return;
  const auto kept = kept_;
  for (const auto& id : kept) {
    if (jobs_.at(id).serial_key != begins.serial_key) continue;
    let_go(id, "the job " + begins.id + " has begun", actions);
  }
}

std::vector<const JobRecord*> Ledger::kept() const {
  std::vector<const JobRecord*> found;
  for (const auto& id : kept_) found.push_back(&jobs_.at(id));
  return found;
}

Ledger::Actions Ledger::retry(const std::string& id) {
  if (std::erase(kept_, id) == 0) return {};
  JobRecord& job = jobs_.at(id);
  auto& ended = ended_durable_.at(job.owner);
  std::erase(ended, id);
  if (ended.empty()) ended_durable_.erase(job.owner);
  --ended_durable_count_;
  job.state = JobState::queued;
  job.fault = {};
  job.ended_ms = 0;
  job.lost = 0;
  ++job.attempt;
  Actions actions{{.type = Type::save, .job = id, .what = "retried"},
                  {.type = Type::accepted, .job = id}};
  if (job.serial_key.empty()) {
    begin(job, actions);
  } else {
    serial_[job.serial_key].push_back(id);
    advance(job.serial_key, actions);
  }
  return actions;
}

}  // namespace flow
