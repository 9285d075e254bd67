#include "evaluation/measures.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

namespace evaluation {
namespace {

double nearest_distance(const Look& look, const Looks& others, const Look* but) {
  double least = std::numeric_limits<double>::infinity();
  for (const auto& other : others) {
    if (&other != but) least = std::min(least, distance(look, other));
  }
  return least;
}

}  // namespace

double distance(const Look& a, const Look& b) {
  return 1.0 - std::inner_product(a.embedding.begin(), a.embedding.end(), b.embedding.begin(), 0.0);
}

double mean_pairwise_distance(const Looks& looks) {
  double sum = 0;
  std::size_t pairs = 0;
  for (std::size_t i = 0; i < looks.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j, ++pairs) sum += distance(looks[i], looks[j]);
  }
  return pairs ? sum / static_cast<double>(pairs) : 0;
}

std::vector<double> nearest_distances(const Looks& from, const Looks& to) {
  std::vector<double> distances;
  for (const auto& look : from) distances.push_back(nearest_distance(look, to, nullptr));
  return distances;
}

std::vector<double> nearest_other_distances(const Looks& looks) {
  std::vector<double> distances;
  for (const auto& look : looks) distances.push_back(nearest_distance(look, looks, &look));
  return distances;
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const auto middle = values.size() / 2;
  return values.size() % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

double share_above(const std::vector<double>& values, double bound) {
  if (values.empty()) return 0;
  const auto above =
      std::count_if(values.begin(), values.end(), [bound](double v) { return v > bound; });
  return static_cast<double>(above) / static_cast<double>(values.size());
}

Look centre_of(const Looks& looks) {
  Look centre = looks.front();
  for (std::size_t i = 1; i < looks.size(); ++i) {
    std::transform(centre.embedding.begin(), centre.embedding.end(), looks[i].embedding.begin(),
                   centre.embedding.begin(), std::plus<>());
  }
  const double squares = std::inner_product(centre.embedding.begin(), centre.embedding.end(),
                                            centre.embedding.begin(), 0.0);
  const double length = std::sqrt(squares);
  for (float& value : centre.embedding) {
    value = static_cast<float>(value / std::max(length, 1e-12));
  }
  return centre;
}

std::size_t nearest(const Look& look, const Looks& things) {
  const auto found = std::min_element(
      things.begin(), things.end(),
      [&](const Look& a, const Look& b) { return distance(look, a) < distance(look, b); });
  return static_cast<std::size_t>(found - things.begin());
}

double mean_of_best(std::vector<double> values, std::size_t count) {
  std::sort(values.begin(), values.end(), std::greater<>());
  values.resize(std::min(values.size(), count));
  if (values.empty()) return 0;
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

}  // namespace evaluation
