#pragma once

#include <string>
#include <utility>
#include <vector>

#include "schemas/blob.h"

namespace evaluation {

/// A picture with a word below it.
struct Tile {
  schemas::Blob png;
  std::string text;
};

/// A PNG of tiles in rows of `columns`, each picture 96 pixels wide. Not empty. Throws Error for
/// bytes that are no picture.
std::string sheet_of(const std::vector<Tile>& tiles, std::size_t columns);

/// A curve's points, x rising.
using Curve = std::vector<std::pair<double, double>>;

/// A PNG of a curve over linear axes with its range written beside; its moving mean drawn over it.
/// At least two points.
std::string chart_of(const Curve& curve, const std::string& title);

/// The mean absolute difference of two PNG of one size, colours in [-1, 1].
double mean_difference(const schemas::Blob& a, const schemas::Blob& b);

}  // namespace evaluation
