#include "registry/damage_watch.h"

#include <cstdio>

#include "diffusion/checksums.h"
#include "diffusion/error.h"

namespace registry {

DamageWatch::DamageWatch(const Store& store, VersionTable& versions)
    : store_(store), versions_(versions) {
  for (const auto& version : versions_.damaged()) {
    if (is_sound(version)) versions_.mark(version, Condition::sound);
  }
}

void DamageWatch::uses(const std::string& job, const std::string& version) {
  used_[job] = version;
}

void DamageWatch::ended(const std::string& job, executor::Outcome outcome, Clock::time_point now) {
  const auto used = used_.extract(job);
  if (used.empty() || outcome != executor::Outcome::failed) return;
  const auto& version = used.mapped();
  std::erase_if(looked_at_, [&](const auto& look) { return now - look.second >= kLookEvery; });
  if (!looked_at_.emplace(version, now).second) return;
  try {
    if (versions_.is_kept(version) && !is_sound(version)) {
      versions_.mark(version, Condition::damaged);
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "version %s: %s\n", version.c_str(), error.what());
  }
}

bool DamageWatch::is_sound(const std::string& version) const {
  try {
    diffusion::check_checksums(store_.folder_of(version));
    return true;
  } catch (const diffusion::Error& error) {
    std::fprintf(stderr, "version %s is damaged: %s\n", version.c_str(), error.what());
    return false;
  }
}

}  // namespace registry
