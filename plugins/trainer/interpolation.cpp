#include "trainer/interpolation.h"

#include <algorithm>
#include <numeric>

#include "schemas/strategies.h"
#include "store/replay_file.h"
#include "store/retention_note.h"
#include "trainer/mixture.h"
#include "trainer/retention_check.h"

namespace trainer {
namespace {

// Nothing without the new thing and an earlier one.
std::optional<double> cost_now(const std::filesystem::path& home, TrainingJob& job,
                               const std::function<void()>& beat) {
  const auto own = loss_on_new(home, job);
  if (!own) return {};
  std::vector<Earlier> earlier;
  for (const auto which : judges_of(job.settings().replay.size())) {
    beat();
    const auto loss = loss_on_earlier(home, job, which);
    if (!loss) continue;
    const auto& version = job.settings().replay[which].version;
    const auto note = store::read_retention_note(store::replay_folder(home, version));
    earlier.push_back({*loss, note.just});
  }
  if (earlier.empty()) return {};
  return cost_of(*own, earlier);
}

}  // namespace

std::vector<std::size_t> judges_of(std::size_t count) {
  const auto judges = std::min(count, kMostJudges);
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < judges; ++i) places.push_back(i * count / judges);
  return places;
}

double cost_of(double own, const std::vector<Earlier>& earlier) {
  return std::accumulate(earlier.begin(), earlier.end(), own, [](double sum, const Earlier& each) {
    return sum + kEarlierWeight * std::max(each.loss, each.just.value_or(each.loss));
  });
}

std::size_t least(const std::vector<double>& losses) {
  return static_cast<std::size_t>(std::min_element(losses.begin(), losses.end()) - losses.begin());
}

std::optional<double> interpolate(const std::filesystem::path& home, TrainingJob& job,
                                  const std::function<void()>& beat) {
  const auto* strategy = schemas::find_strategy(job.settings().strategy);
  if (strategy == nullptr || !strategy->interpolates) return {};
  const auto whole_way = cost_now(home, job, beat);
  if (!whole_way) return {};
  auto mixture = job.mixture();
  std::vector<double> costs = {*whole_way};
  while (costs.size() < kTriedShares.size()) {
    mixture.take(kTriedShares[costs.size()]);
    costs.push_back(*cost_now(home, job, beat));
  }
  const auto best = kTriedShares[least(costs)];
  mixture.take(best);
  return best;
}

}  // namespace trainer
