#include "store/checkpoints.h"

#include <system_error>
#include <vector>

#include "schemas/id.h"
#include "store/layout.h"

namespace store {

namespace fs = std::filesystem;

Checkpoints::Checkpoints(const fs::path& home) : home_(home), trash_(removed_checkpoints(home)) {}

void Checkpoints::drop(const std::string& job) {
  if (schemas::is_id(job)) trash_.drop(checkpoint_folder(home_, job));
}

void Checkpoints::drop_but(const std::set<std::string>& jobs) {
  std::error_code not_there;
  std::vector<std::string> gone;
  for (const auto& entry : fs::directory_iterator(all_checkpoints(home_), not_there)) {
    const auto job = entry.path().filename().string();
    if (!jobs.contains(job)) gone.push_back(job);
  }
  for (const auto& job : gone) drop(job);
}

void Checkpoints::drop_staged(const std::string& version) {
  if (!schemas::is_id(version)) return;
  trash_.drop(staging_folder(home_, version));
  trash_.drop(staged_replay_folder(home_, version));
}

}  // namespace store
