#pragma once

#include <vector>

#include "executor/damaged_rows.h"
#include "executor/database.h"

namespace registry {

/// Sets aside the rows of `versions`, `identifiers` and `rare_identifiers` that cannot be what the
/// registry wrote, and returns them: columns of the wrong kind or size, bodies that cannot be read
/// or are another row's, states that are none, the second of two that have to differ, and
/// identifiers whose version is gone. What such a row stood for is not served; everything else is.
/// Call before anything else is written, outside a transaction.
std::vector<executor::DamagedRow> set_aside_damaged_rows(executor::Database& database);

}  // namespace registry
