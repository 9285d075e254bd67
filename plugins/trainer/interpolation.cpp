#include "trainer/interpolation.h"

#include <algorithm>
#include <numeric>

#include "schemas/strategies.h"
#include "trainer/health.h"
#include "trainer/mixture.h"

namespace trainer {
namespace {

// Nothing without the new thing and an earlier one.
std::optional<double> mean_loss(const std::filesystem::path& home, TrainingJob& job,
                                const std::function<void()>& beat) {
  const auto own = loss_on_new(home, job);
  if (!own) return {};
  std::vector<double> losses = {*own};
  for (const auto which : judges_of(job.settings().replay.size())) {
    beat();
    if (const auto loss = loss_on_earlier(home, job, which)) losses.push_back(*loss);
  }
  if (losses.size() == 1) return {};
  return std::accumulate(losses.begin(), losses.end(), 0.0) / static_cast<double>(losses.size());
}

}  // namespace

std::vector<std::size_t> judges_of(std::size_t count) {
  const auto judges = std::min(count, kMostJudges);
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < judges; ++i) places.push_back(i * count / judges);
  return places;
}

std::size_t least(const std::vector<double>& losses) {
  return static_cast<std::size_t>(std::min_element(losses.begin(), losses.end()) - losses.begin());
}

std::optional<double> interpolate(const std::filesystem::path& home, TrainingJob& job,
                                  const std::function<void()>& beat) {
  if (!schemas::interpolates(job.settings().strategy)) return {};
  const auto whole_way = mean_loss(home, job, beat);
  if (!whole_way) return {};
  auto mixture = job.mixture();
  std::vector<double> losses = {*whole_way};
  while (losses.size() < kTriedShares.size()) {
    mixture.take(kTriedShares[losses.size()]);
    losses.push_back(*mean_loss(home, job, beat));
  }
  const auto best = kTriedShares[least(losses)];
  mixture.take(best);
  return best;
}

}  // namespace trainer
