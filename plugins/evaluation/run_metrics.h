#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "evaluation/suite_run.h"
#include "schemas/evaluation.h"

/// What one run comes to. Pure functions.
namespace evaluation {

/// Whether every task of the run was taught and measured.
bool whole(const schemas::EvaluationSuite& suite, const Done& done);

/// Named figures of a whole run, report.h's columns in their order; none where the run does not
/// say. `alone`: the private models of the same things, or null: then nothing is compared with
/// them.
using RunMetrics = std::vector<std::pair<std::string, std::optional<double>>>;
RunMetrics metrics_of(const schemas::EvaluationSuite& suite, const Done& done, const Done* alone);

}  // namespace evaluation
