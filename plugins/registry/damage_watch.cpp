#include "registry/damage_watch.h"

#include <utility>

namespace registry {

using namespace std::chrono_literals;

DamageWatch::DamageWatch(const store::Store& store, VersionTable& versions,
                         VersionReader::Check check)
    : store_(store), versions_(versions), reader_(std::move(check)) {
  for (const auto& version : versions_.damaged()) suspect(version);
}

void DamageWatch::uses(const std::string& job, const std::string& version) {
  used_[job] = version;
}

void DamageWatch::ended(const std::string& job, executor::Outcome outcome, Clock::time_point now) {
  const auto used = used_.extract(job);
  if (used.empty() || outcome != executor::Outcome::failed) return;
  std::erase_if(suspected_at_, [&](const auto& entry) { return now - entry.second >= kLookEvery; });
  if (suspected_at_.emplace(used.mapped(), now).second) suspect(used.mapped());
}

void DamageWatch::suspect(const std::string& version) {
  reader_.read(version, store_.folder_of(version));
  waits_ = true;
}

void DamageWatch::look() {
  const auto patience = std::exchange(waits_, false) ? kPatience : 0ms;
  for (const auto& [version, condition] : reader_.take(patience)) {
    if (versions_.is_kept(version)) versions_.mark(version, condition);
  }
}

}  // namespace registry
