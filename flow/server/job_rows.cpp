#include "flow/server/job_rows.h"

#include <set>
#include <stdexcept>
#include <tuple>

#include "schemas/codec.h"
#include "schemas/id.h"
#include "schemas/limits.h"

namespace flow {
namespace {

using executor::Column;
using executor::Statement;
using executor::Stored;

constexpr std::size_t kMostKeyBytes = 64 * 1024;
// Counts and milliseconds beyond it nobody reaches; half of what a column holds can still rise.
constexpr std::int64_t kMostNumber = std::int64_t{1} << 53;
constexpr std::int64_t kMostAttempts = 1'000'000;

constexpr Column kColumns[] = {{"id", Stored::text, schemas::kMaxIdBytes},
                               {"place", Stored::number},
                               {"owner", Stored::text, kMostKeyBytes},
                               {"endpoint", Stored::text, kMostKeyBytes},
                               {"serial_key", Stored::bytes},
                               {"key", Stored::text, kMostKeyBytes},
                               {"digest", Stored::text, kMostKeyBytes},
                               {"state", Stored::text},
                               {"attempt", Stored::number},
                               {"epoch", Stored::number},
                               {"checkpoint_step", Stored::number},
                               {"reasons", Stored::bytes},
                               {"fault", Stored::bytes, schemas::kMaxBodyBytes},
                               {"progress", Stored::bytes, schemas::kMaxBodyBytes},
                               {"created_ms", Stored::number},
                               {"ended_ms", Stored::number},
                               {"shared", Stored::number},
                               {"admin", Stored::number},
                               {"flow", Stored::text, kMostKeyBytes}};
constexpr int kFlow = 19;  // of a row that begins with its own number

std::string names() {
  std::string list = "rowid";
  for (const auto& column : kColumns) list += std::string(", ") + column.name;
  return list;
}

JobRecord read(const Statement& row) {
  JobRecord job;
  job.id = row.text(1);
  job.place = static_cast<std::uint64_t>(row.number(2));
  job.owner = row.text(3);
  job.endpoint = row.text(4);
  job.serial_key = row.text(5);
  job.durable = true;
  job.key = row.text(6);
  job.digest = row.text(7);
  job.state = state_named(row.text(8));
  job.attempt = static_cast<std::uint32_t>(row.number(9));
  job.epoch = static_cast<std::uint64_t>(row.number(10));
  job.checkpoint_step = row.number(11);
  job.reasons = row.text(12);
  job.fault = schemas::unpack<schemas::Fault>(row.text(13));
  job.progress = schemas::unpack<schemas::Progress>(row.text(14));
  job.created_ms = row.number(15);
  job.ended_ms = row.number(16);
  job.shared = row.number(17) != 0;
  job.admin = row.number(18) != 0;
  return job;
}

void require(bool sound, const char* otherwise) {
  if (!sound) throw std::runtime_error(otherwise);
}

void require_number(const Statement& row, int at, std::int64_t most) {
  const auto number = row.number(at);
  if (number >= 0 && number <= most) return;
  throw std::runtime_error(std::string(kColumns[at - 1].name) + " is " + std::to_string(number));
}

void check(const Statement& row) {
  for (const int at : {2, 10, 11, 15, 16}) require_number(row, at, kMostNumber);
  require_number(row, 9, kMostAttempts);
  require_number(row, 17, 1);
  require_number(row, 18, 1);
  const JobRecord job = read(row);
  require(schemas::is_id(job.id), "its id is none");
  require(job.endpoint.starts_with('/'), "its endpoint is none");
  require(!job.is_open() || job.ended_ms == 0, "it has ended, and its state is open");
}

// One job an id, and one a key of an owner in a flow.
class Twins {
 public:
  void refuse(const Statement& row) {
    require(ids_.insert(row.text(1)).second, "another job has its id");
    const auto key = row.text(6);
    require(key.empty() || keys_.emplace(row.text(kFlow), row.text(3), key).second,
            "another job has its key");
  }

 private:
  std::set<std::string> ids_;
  std::set<std::tuple<std::string, std::string, std::string>> keys_;
};

}  // namespace

std::vector<JobRecord> jobs_of(executor::Database& database, const std::string& flow) {
  Statement rows(database, "SELECT " + names() + " FROM jobs WHERE flow = ? ORDER BY place");
  rows.with(flow);
  std::vector<JobRecord> jobs;
  while (rows.next()) jobs.push_back(read(rows));
  return jobs;
}

std::vector<executor::DamagedRow> set_aside_damaged_jobs(executor::Database& database) {
  Twins twins;
  const auto damaged = executor::damaged_rows(database, "jobs", kColumns, [&](const auto& row) {
    check(row);
    twins.refuse(row);
  });
  executor::set_aside(database, "jobs", kColumns, damaged);
  return damaged;
}

}  // namespace flow
