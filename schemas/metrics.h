#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "schemas/codec.h"

namespace schemas {

/// Asks how good a base model is (/base_metrics). Answered by MetricTable.
struct MeasureBase {
  static constexpr const char* kType = "measure_base.v1";
  /// judge, categories, words, vae, diversity, copies, subjects, curves; empty = all. The table
  /// keeps what earlier requests measured.
  std::vector<std::string> parts;
  bool quick = false;  ///< fewer categories, words and pictures: takes minutes instead of an hour
  std::int64_t pictures = 20;  ///< pictures drawn for each category and each subject
  std::uint64_t seed = 1;
  MSGPACK_DEFINE_MAP(parts, quick, pictures, seed)
};

/// One line of the table.
struct Metric {
  std::string part;
  std::string name;
  double value = 0;
  std::string goal;    ///< ">= 0.85"; "" for a value without a goal
  std::string detail;  ///< what it was measured on
  MSGPACK_DEFINE_MAP(part, name, value, goal, detail)
};

/// The answer to MeasureBase. The flow file's folder `out` holds the same table, and the contact
/// sheets.
struct MetricTable {
  static constexpr const char* kType = "metric_table.v1";
  std::vector<Metric> figures;
  std::string out;
  MSGPACK_DEFINE_MAP(figures, out)
};

}  // namespace schemas
