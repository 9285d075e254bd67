#pragma once

#include <cstddef>
#include <string>
#include <vector>

/// Measures on sets of pictures as the judge sees them. Pure functions.
namespace evaluation {

/// One picture as the judge sees it. A judge without words leaves the words empty.
struct Look {
  std::vector<float> embedding;  ///< of length 1
  std::string category, style, background;
};
using Looks = std::vector<Look>;

/// 1 - cosine: 0 for the same, 1 for nothing in common, at most 2.
double distance(const Look& a, const Look& b);

/// The mean distance over all pairs; 0 for fewer than two looks.
double mean_pairwise_distance(const Looks& looks);

/// For each of `from`, the distance to the nearest of `to`. `to` must not be empty.
std::vector<double> nearest_distances(const Looks& from, const Looks& to);

/// For each of one set, the distance to the nearest other. At least two.
std::vector<double> nearest_other_distances(const Looks& looks);

double median(std::vector<double> values);

/// The share of `values` above `bound`; 0 without values.
double share_above(const std::vector<double>& values, double bound);

/// The common direction of several looks, of length 1. The looks must not be empty.
Look centre_of(const Looks& looks);

/// The index of the nearest of `things`, which must not be empty.
std::size_t nearest(const Look& look, const Looks& things);

/// The mean of the `count` largest values (of all when there are fewer); 0 without values.
double mean_of_best(std::vector<double> values, std::size_t count);

}  // namespace evaluation
