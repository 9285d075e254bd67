#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "schemas/codec.h"

namespace schemas {

/// One thing that a suite teaches.
struct SuiteThing {
  std::string name;      ///< "dog-a", in tables
  std::string category;  ///< "dog"
  std::int64_t pictures = 0;
  std::int64_t held_out = 0;  ///< pictures to measure it on, never used to teach it
  bool style = false;         ///< a style in which other things are drawn, not an object
  MSGPACK_DEFINE_MAP(name, category, pictures, held_out, style)
};

/// Asks how well a metamodel keeps what it learns (/evaluate). Blobs: for each thing in turn its
/// pictures, then its held-out pictures. Answered by EvaluationTable. It resets the metamodel
/// `meta`, so send it only to a server that runs for it alone (`souvenir evaluate run`).
struct EvaluationSuite {
  static constexpr const char* kType = "evaluation_suite.v1";
  std::vector<SuiteThing> things;
  /// As in Finetune, each applied to `meta`; "private" teaches each thing to a model of its own.
  std::vector<std::string> strategies;
  std::vector<std::vector<std::int64_t>> orders;  ///< indices into `things`, each at most once
  std::vector<std::uint64_t> seeds;
  /// Categories that nothing is taught about, to measure drift.
  std::vector<std::string> untouched;
  std::optional<std::int64_t> max_train_steps;  ///< this and the next four as in Finetune
  std::optional<double> learning_rate;
  std::optional<std::string> lr_scheduler;
  std::optional<std::int64_t> train_batch_size;
  std::optional<std::int64_t> num_class_images;
  std::int64_t num_images = 8;  ///< pictures drawn of each thing after each task
  std::int64_t draws = 48;      ///< noise samples that each thing's loss is averaged over
  MSGPACK_DEFINE_MAP(things, strategies, orders, seeds, untouched, max_train_steps, learning_rate,
                     lr_scheduler, train_batch_size, num_class_images, num_images, draws)
};

/// What was measured for one strategy, over its orders and seeds.
struct EvaluationRow {
  std::string strategy;
  std::int64_t runs = 0;
  /// One per column: the mean over the runs that have it.
  std::vector<std::optional<double>> values;
  std::vector<std::optional<double>> spreads;  ///< standard deviations, over two runs or more
  MSGPACK_DEFINE_MAP(strategy, runs, values, spreads)
};

/// The answer to EvaluationSuite. The folder `out` holds the same table (report.json, table.md),
/// heat maps and every picture.
struct EvaluationTable {
  static constexpr const char* kType = "evaluation_table.v1";
  std::vector<std::string> columns;  ///< see plugins/evaluation/report.h
  std::vector<EvaluationRow> rows;
  std::string out;
  MSGPACK_DEFINE_MAP(columns, rows, out)
};

}  // namespace schemas
