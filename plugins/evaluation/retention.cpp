#include "evaluation/retention.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

namespace evaluation {
namespace {

double mean(const std::vector<double>& values) {
  if (values.empty()) return 0;
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// Mean over the first `count` things of what `of` says.
template <typename Of>
double mean_over(std::size_t count, const Of& of) {
  std::vector<double> values;
  for (std::size_t thing = 0; thing < count; ++thing) values.push_back(of(thing));
  return mean(values);
}

std::size_t all_but_last(const Scores& scores) {
  return scores.empty() ? 0 : scores.size() - 1;
}

}  // namespace

double final_average(const Scores& scores) {
  return mean_over(scores.size(), [&](std::size_t j) { return scores.back()[j]; });
}

double learning_accuracy(const Scores& scores) {
  return mean_over(scores.size(), [&](std::size_t j) { return scores[j][j]; });
}

double average_forgetting(const Scores& scores) {
  return mean_over(all_but_last(scores), [&](std::size_t j) {
    double best = scores[j][j];
    for (std::size_t task = j; task + 1 < scores.size(); ++task) {
      best = std::max(best, scores[task][j]);
    }
    return best - scores.back()[j];
  });
}

double backward_transfer(const Scores& scores) {
  return mean_over(all_but_last(scores),
                   [&](std::size_t j) { return scores.back()[j] - scores[j][j]; });
}

double gap_to_private(const Scores& scores, const std::vector<double>& own) {
  return mean_over(scores.size(), [&](std::size_t j) { return own[j] - scores.back()[j]; });
}

Gain gain_of(const std::vector<double>& pretrained, const std::vector<double>& just) {
  if (pretrained.size() != just.size() || just.size() < 2) {
    throw std::invalid_argument(
        "losses are compared draw by draw: as many before as after, two "
        "or more");
  }
  std::vector<double> gains;
  for (std::size_t i = 0; i < just.size(); ++i) gains.push_back(pretrained[i] - just[i]);
  const double average = mean(gains), count = static_cast<double>(gains.size());
  double squares = 0;
  for (const double gain : gains) squares += (gain - average) * (gain - average);
  return {average, std::sqrt(squares / (count - 1) / count)};
}

bool learned(const ThingLosses& losses) {
  const auto gain = gain_of(losses.pretrained, losses.just);
  return gain.mean > 0 && gain.mean >= kLearnedErrors * gain.standard_error;
}

double retention(const std::vector<ThingLosses>& things) {
  double kept = 0, gained = 0;
  for (const auto& thing : things) {
    if (!learned(thing)) continue;
    const double before = mean(thing.pretrained), just = mean(thing.just);
    kept += before - std::max(mean(thing.final), just);
    gained += before - just;
  }
  return gained > 0 ? kept / gained : 0;
}

}  // namespace evaluation
