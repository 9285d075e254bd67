#pragma once

#include <cstddef>
#include <string>
#include <vector>

/// What a set of pictures looks like to the judge, and what can be measured on it. Pure functions.
namespace evaluation {

/// One picture in the judge's eyes. A judge without words leaves them empty.
struct Look {
  std::vector<float> embedding;  ///< of length 1
  std::string category, style, background;
};
using Looks = std::vector<Look>;

/// 1 - cosine: 0 for the same, 1 for nothing in common, at most 2.
double distance(const Look& a, const Look& b);

/// The mean distance of all pairs; 0 for fewer than two.
double mean_pairwise_distance(const Looks& looks);

/// For each of `from` the distance to its nearest in `to`. `to` is not empty.
std::vector<double> nearest_distances(const Looks& from, const Looks& to);

/// The same within one set: of each to the nearest other. At least two.
std::vector<double> nearest_other_distances(const Looks& looks);

double median(std::vector<double> values);

/// The share of `values` above `bound`; 0 of nothing.
double share_above(const std::vector<double>& values, double bound);

/// The direction that several looks of one thing share, of length 1. Not empty.
Look centre_of(const Looks& looks);

/// The place of the nearest of `things`, which are not empty.
std::size_t nearest(const Look& look, const Looks& things);

/// The mean of the `count` largest values (of all, when there are fewer); 0 of nothing.
double mean_of_best(std::vector<double> values, std::size_t count);

}  // namespace evaluation
