#include "flow/gateway/bookkeeping.h"

#include "executor/fault_point.h"

namespace flow {

using Type = JobAction::Type;

Bookkeeping::Bookkeeping(Journal& journal, std::function<std::int64_t()> wall_ms)
    : journal_(journal), wall_ms_(std::move(wall_ms)) {}

std::vector<JobRecord> Bookkeeping::restore() {
  auto records = journal_.load();
  take(ledger_.restore(records), "gateway");
  return records;
}

void Bookkeeping::accept(JobRecord record, const executor::Packet& request) {
  const std::string owner = record.owner;
  take(ledger_.accept(std::move(record)), owner, {.request = &request});
}

void Bookkeeping::retry(const std::string& job) {
  const JobRecord* record = ledger_.find(job);
  if (record == nullptr) return;
  const std::string owner = record->owner;
  take(ledger_.retry(job), owner);
}

void Bookkeeping::note(JobEvent event, std::vector<executor::Packet> results) {
  noted_.push_back({std::move(event), std::move(results)});
}

void Bookkeeping::fail(const std::string& job, std::uint64_t epoch, schemas::Fault fault) {
  std::string who = fault.stage;
  note({JobEvent::Type::fail, job, std::move(fault), epoch, std::move(who)});
}

void Bookkeeping::cancel(const std::string& job, const std::string& why) {
  note({JobEvent::Type::cancel, job, {"cancelled", "gateway", job, why, ""}});
}

void Bookkeeping::progress(const std::string& job, std::uint64_t epoch,
                           const schemas::Progress& progress, Time now) {
  auto actions = ledger_.progress(job, epoch, progress);
  if (actions.empty() || !ledger_.find(job)->durable) return;  // nothing to write
  take(pace_.pass(job, {std::move(actions), progress.stage, progress.checkpoint_step}, now),
       progress.stage);
}

void Bookkeeping::tick(Time now) {
  for (auto& saved : pace_.due(ledger_, now)) take(std::move(saved.actions), saved.stage);
  if (now - last_expiry_ < kExpiry) return;
  last_expiry_ = now;
  take(ledger_.expire(wall_ms_() - std::chrono::milliseconds(kKept).count()), "gateway");
}

std::optional<JobAction> Bookkeeping::next() {
  while (ready_.empty()) {
    if (!noted_.empty()) {
      Noted noted = std::move(noted_.front());
      noted_.pop_front();
      noted.event.at_ms = wall_ms_();
      take(ledger_.step(noted.event), noted.event.who, {.results = &noted.results});
    } else if (!held_.empty() && held_.front().ticket <= journal_.committed()) {
      Held held = std::move(held_.front());
      held_.pop_front();
      release(std::move(held.actions));
    } else {
      return std::nullopt;
    }
  }
  JobAction action = std::move(ready_.front());
  ready_.pop_front();
  return action;
}

Journal::Entry Bookkeeping::entry_of(const Ledger::Actions& actions, const std::string& who,
                                     const Messages& messages) const {
  Journal::Entry entry;
  const auto at_ms = wall_ms_();
  for (const auto& action : actions) {
    if (action.type == Type::forget) entry.forgets.push_back(action.job);
    const JobRecord* record = ledger_.find(action.job);
    if (record == nullptr || !record->durable) continue;
    if (action.type == Type::save) {
      entry.saves.push_back(*record);
      if (action.what.empty()) continue;
      entry.notes.emplace_back(action.job, schemas::JobNote{at_ms, who, action.what, action.text});
    } else if (action.type == Type::accepted && messages.request == nullptr) {
      entry.reopens = action.job;
    } else if (action.type == Type::accepted) {
      entry.request_of = action.job;
      entry.request = *messages.request;
    } else if (action.type == Type::end && action.outcome == JobState::done) {
      entry.results_of = action.job;
      entry.results = std::move(*messages.results);
    }
  }
  return entry;
}

// An attempt that is over is stopped at once: what it still sends must not disturb the next one.
void Bookkeeping::take(Ledger::Actions actions, const std::string& who, const Messages& messages) {
  for (const auto& action : actions) {
    if (action.type == Type::stop) ready_.push_back(action);
  }
  std::erase_if(actions, [](const auto& action) { return action.type == Type::stop; });
  Journal::Entry entry = entry_of(actions, who, messages);
  if (entry.empty()) return release(std::move(actions));
  executor::fault_point("gateway.append");
  held_.push_back({journal_.append(std::move(entry)), std::move(actions)});
}

void Bookkeeping::release(Ledger::Actions actions) {
  if (actions.empty()) return;
  executor::fault_point("gateway.perform");
  for (auto& action : actions) {
    if (action.type != Type::save && action.type != Type::forget) {
      ready_.push_back(std::move(action));
    }
  }
}

}  // namespace flow
