#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "memory/run.h"
#include "schemas/memory.h"

/// What one run comes to. Pure functions.
namespace memory {

/// Whether every task of the run was taught and measured.
bool whole(const schemas::MemorySuite& suite, const Done& done);

/// Named figures of a whole run, report.h's columns in their order; none where the run does not
/// say. `alone`: the private models of the same things, or null: then nothing is compared with
/// them.
using Figures = std::vector<std::pair<std::string, std::optional<double>>>;
Figures figures_of(const schemas::MemorySuite& suite, const Done& done, const Done* alone);

}  // namespace memory
