#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "schemas/codec.h"

namespace schemas {

/// Asks how good a base model is (/base_metrics). Answered by MetricTable.
struct MeasureBase {
  static constexpr const char* kType = "measure_base.v1";
  /// judge, categories, words, vae, diversity, copies, subjects, curves; empty = all. What an
  /// earlier request measured stays in the table.
  std::vector<std::string> parts;
  bool quick = false;          ///< fewer categories, words and pictures: minutes, not an hour
  std::int64_t pictures = 20;  ///< drawn for each category and each subject
  std::uint64_t seed = 1;
  MSGPACK_DEFINE_MAP(parts, quick, pictures, seed)
};

/// One line of the table.
struct Metric {
  std::string part;
  std::string name;
  double value = 0;
  std::string goal;    ///< ">= 0.85"; "" for what is only told
  std::string detail;  ///< what it was measured on
  MSGPACK_DEFINE_MAP(part, name, value, goal, detail)
};

/// The answer to MeasureBase; the same table, and the sheets, lie in the folder `out` of the flow
/// file.
struct MetricTable {
  static constexpr const char* kType = "metric_table.v1";
  std::vector<Metric> figures;
  std::string out;
  MSGPACK_DEFINE_MAP(figures, out)
};

}  // namespace schemas
