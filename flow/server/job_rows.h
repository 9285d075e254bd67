#pragma once

#include <string>
#include <vector>

#include "executor/damaged_rows.h"
#include "executor/database.h"
#include "flow/gateway/job_record.h"

namespace flow {

/// The rows of the table `jobs` of a journal, read.

/// Every job of a flow, in order of arrival.
std::vector<JobRecord> jobs_of(executor::Database& database, const std::string& flow);

/// Sets aside the rows that are no job's: a column of the wrong kind or size, a body that cannot be
/// read, a state that is none, a number that nobody counts to, and the second of two jobs with one
/// id or one key. Returns them. Their messages and history stay where they are. Call before
/// anything else is written, outside a transaction.
std::vector<executor::DamagedRow> set_aside_damaged_jobs(executor::Database& database);

}  // namespace flow
