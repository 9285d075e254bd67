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

/// A PNG of tiles in rows of `columns`, each picture 96 pixels wide. `tiles` must not be empty.
/// Throws Error for bytes that are not a picture.
std::string sheet_of(const std::vector<Tile>& tiles, std::size_t columns);

/// The points of a curve, with ascending x.
using Curve = std::vector<std::pair<double, double>>;

/// A PNG of a curve on linear axes, with its range as text and its moving mean on top. At least two
/// points.
std::string chart_of(const Curve& curve, const std::string& title);

/// The mean absolute difference of two PNGs of the same size, with colours in [-1, 1].
double mean_difference(const schemas::Blob& a, const schemas::Blob& b);

}  // namespace evaluation
