#include "flow/gateway/checkpoint_pace.h"

#include <utility>

namespace flow {

Ledger::Actions CheckpointPace::pass(const std::string& job, Saved saved, Time now) {
  const auto [found, is_first] = paces_.try_emplace(job);
  Pace& pace = found->second;
  pace.held = {};  // an earlier one, which this replaces
  if (is_first || now - pace.written >= kEvery) return written(pace, std::move(saved.actions), now);
  pace.held = std::move(saved);
  return {};
}

std::vector<CheckpointPace::Saved> CheckpointPace::due(const Ledger& ledger, Time now) {
  std::vector<Saved> all;
  std::erase_if(paces_, [&](const auto& each) { return !ledger.is_open(each.first); });
  for (auto& [job, pace] : paces_) {
    if (pace.held.actions.empty() || now - pace.written < kEvery) continue;
    Saved held = std::exchange(pace.held, {});
    if (ledger.find(job)->checkpoint_step != held.step) continue;
    held.actions = written(pace, std::move(held.actions), now);
    all.push_back(std::move(held));
  }
  return all;
}

// The record is one row, which is replaced; only lines grow.
Ledger::Actions CheckpointPace::written(Pace& pace, Ledger::Actions actions, Time now) {
  pace.written = now;
  for (auto& action : actions) {
    if (++pace.notes > kMostNotes) action.what.clear();
  }
  return actions;
}

}  // namespace flow
