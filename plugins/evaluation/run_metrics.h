#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "evaluation/suite_run.h"
#include "schemas/evaluation.h"

/// Summarises one run. Pure functions.
namespace evaluation {

/// Whether every task of the run was taught and measured.
bool whole(const schemas::EvaluationSuite& suite, const Done& done);

/// The metrics of a whole run: report.h's columns in their order, each nothing where the run has no
/// such value. `alone` is the run with private models of the same things; null leaves out the
/// comparisons with them.
using RunMetrics = std::vector<std::pair<std::string, std::optional<double>>>;
RunMetrics metrics_of(const schemas::EvaluationSuite& suite, const Done& done, const Done* alone);

}  // namespace evaluation
