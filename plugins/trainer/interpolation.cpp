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
  for (std::size_t i = 0; i < job.settings().replay.size(); ++i) {
    beat();
    if (const auto loss = loss_on_earlier(home, job, i)) losses.push_back(*loss);
  }
  if (losses.size() == 1) return {};
  return std::accumulate(losses.begin(), losses.end(), 0.0) / static_cast<double>(losses.size());
}

}  // namespace

std::size_t least(const std::vector<double>& losses) {
  return static_cast<std::size_t>(std::min_element(losses.begin(), losses.end()) - losses.begin());
}

std::optional<double> interpolate(const std::filesystem::path& home, TrainingJob& job,
                                  const std::function<void()>& beat) {
  if (job.settings().strategy != schemas::kInterpolation) return {};
  if (!mean_loss(home, job, beat)) return {};
  auto mixture = job.mixture();
  std::vector<double> losses;
  for (const auto share : kTriedShares) {
    mixture.take(share);
    losses.push_back(*mean_loss(home, job, beat));
  }
  const auto best = kTriedShares[least(losses)];
  mixture.take(best);
  return best;
}

}  // namespace trainer
