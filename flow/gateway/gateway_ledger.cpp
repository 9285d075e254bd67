// What happens to jobs goes to the ledger; what the ledger says is written down, then done.
#include "executor/fault_point.h"
#include "flow/gateway/gateway.h"

namespace flow {

void Gateway::fail_later(const Job& job, schemas::Fault fault) {
  std::string who = fault.stage;
  later_.push_back({JobEvent::Type::fail, job.id, std::move(fault), job.epoch, std::move(who)});
}

void Gateway::cancel_later(const std::string& job, const std::string& why) {
  later_.push_back({JobEvent::Type::cancel, job, {"cancelled", "gateway", job, why, ""}});
}

void Gateway::settle() {
  do {
    while (!later_.empty()) {
      for (auto& event : std::exchange(later_, {})) {
        event.at_ms = port_.wall_ms();
        take(ledger_.step(event), event.who);
      }
    }
    while (!held_.empty() && held_.front().ticket <= journal_.committed()) {
      const Held held = std::move(held_.front());
      held_.pop_front();
      perform(held.actions);
    }
  } while (!later_.empty());
}

Journal::Entry Gateway::entry_of(const Ledger::Actions& actions, const std::string& who) {
  Journal::Entry entry;
  const auto at_ms = port_.wall_ms();
  for (const auto& action : actions) {
    using Type = JobAction::Type;
    if (action.type == Type::forget) entry.forgets.push_back(action.job);
    const JobRecord* record = ledger_.find(action.job);
    if (record == nullptr || !record->durable) continue;
    if (action.type == Type::save) {
      entry.saves.push_back(*record);
      entry.notes.emplace_back(action.job, schemas::JobNote{at_ms, who, action.what, action.text});
    } else if (action.type == Type::accepted) {
      entry.request_of = action.job;
      entry.request = jobs_.at(action.job).request;
    } else if (action.type == Type::end && action.outcome == JobState::done) {
      entry.results_of = action.job;
      entry.results = jobs_.at(action.job).results;
    }
  }
  return entry;
}

void Gateway::take(Ledger::Actions actions, const std::string& who) {
  if (actions.empty()) return;
  for (const auto& action : actions) {
    if (action.type == JobAction::Type::stop) interrupt(action);
  }
  Journal::Entry entry = entry_of(actions, who);
  if (entry.empty()) return perform(actions);
  executor::fault_point("gateway.append");
  held_.push_back({journal_.append(std::move(entry)), std::move(actions)});
}

void Gateway::perform(const Ledger::Actions& actions) {
  executor::fault_point("gateway.perform");
  for (const auto& action : actions) {
    switch (action.type) {
      case JobAction::Type::accepted: accepted(jobs_.at(action.job)); break;
      case JobAction::Type::start:
        if (const auto job = jobs_.find(action.job); job != jobs_.end()) start(job->second, action);
        break;
      case JobAction::Type::end: end(action); break;
      default: break;
    }
  }
}

}  // namespace flow
