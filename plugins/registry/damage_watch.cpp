#include "registry/damage_watch.h"

#include <cstdio>

#include "compute/time_budget.h"
#include "executor/files/bytes_below.h"
#include "executor/files/checksums.h"

namespace registry {

DamageWatch::DamageWatch(const store::Store& store, VersionTable& versions)
    : store_(store), versions_(versions) {
  for (auto& version : versions_.damaged()) suspects_.insert(std::move(version));
}

void DamageWatch::uses(const std::string& job, const std::string& version) {
  used_[job] = version;
}

void DamageWatch::ended(const std::string& job, executor::Outcome outcome, Clock::time_point now) {
  const auto used = used_.extract(job);
  if (used.empty() || outcome != executor::Outcome::failed) return;
  std::erase_if(suspected_at_, [&](const auto& entry) { return now - entry.second >= kLookEvery; });
  if (suspected_at_.emplace(used.mapped(), now).second) suspects_.insert(used.mapped());
}

void DamageWatch::look(executor::Outbox& out) {
  while (!suspects_.empty()) {
    const auto version = *suspects_.begin();
    const auto bytes = files::bytes_below(store_.folder_of(version));
    out.expect_silence(compute::time_to_move_ms(bytes));  // cancelled: the next job looks
    suspects_.erase(version);
    if (versions_.is_kept(version)) versions_.mark(version, condition_of(version));
  }
}

Condition DamageWatch::condition_of(const std::string& version) const {
  try {
    files::check_checksums(store_.folder_of(version));
    return Condition::sound;
  } catch (const std::exception& error) {  // what cannot be read is no better
    std::fprintf(stderr, "version %s is damaged: %s\n", version.c_str(), error.what());
    return Condition::damaged;
  }
}

}  // namespace registry
