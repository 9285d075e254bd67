#pragma once

#include <optional>
#include <string>
#include <vector>

namespace evaluation {

/// A table shown in colours: one row per thing, one column per task. A cell that was not measured
/// is empty.
struct HeatMap {
  std::string title;
  std::vector<std::string> rows, columns;
  std::vector<std::vector<std::optional<double>>> cells;  ///< [row][column]
  double worst = 0, best = 1;  ///< the values of the darkest red and the darkest green
};

/// The colour of a value, 0xRRGGBB: from red at `worst` through white to green at `best`. Values
/// outside get the colour at the end. `worst` may be the larger one (losses).
unsigned colour_of(double value, double worst, double best);

/// A complete HTML page without scripts or external files; names are escaped.
std::string html_of(const HeatMap& map);

/// The same as a PNG.
std::string png_of(const HeatMap& map);

}  // namespace evaluation
