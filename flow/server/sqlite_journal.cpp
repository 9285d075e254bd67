#include "flow/server/sqlite_journal.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>

#include "executor/error.h"
#include "executor/fault_point.h"
#include "executor/full_disk.h"
#include "flow/server/job_rows.h"

namespace flow {
namespace {

using executor::Database;
using executor::Packet;
using executor::Statement;
using executor::Transaction;

constexpr std::int64_t kFormat = 4;
constexpr std::chrono::seconds kTryAgain{1};  // after the disk was full

constexpr const char* kTables = R"(
CREATE TABLE jobs (
  id TEXT PRIMARY KEY,
  flow TEXT NOT NULL,
  place INTEGER NOT NULL,  -- order of arrival
  owner TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  serial_key BLOB NOT NULL,
  key TEXT NOT NULL,       -- idempotency key
  digest TEXT NOT NULL,
  state TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  checkpoint_step INTEGER NOT NULL,
  reasons BLOB NOT NULL,
  fault BLOB NOT NULL,     -- fault.v1
  progress BLOB NOT NULL,  -- progress.v1
  created_ms INTEGER NOT NULL,
  ended_ms INTEGER NOT NULL,
  shared INTEGER NOT NULL DEFAULT 0,  -- the serial key is one for all owners
  admin INTEGER NOT NULL DEFAULT 0    -- an administrator asked for it
) STRICT;
CREATE UNIQUE INDEX one_job_a_key ON jobs (flow, owner, key) WHERE key <> '';
CREATE TABLE frames (
  job TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  part TEXT NOT NULL CHECK (part IN ('request', 'result')),
  number INTEGER NOT NULL,  -- of the packet
  frame INTEGER NOT NULL,   -- 0 = body, then blobs
  type TEXT NOT NULL,       -- of the message
  bytes BLOB NOT NULL,
  PRIMARY KEY (job, part, number, frame)
) STRICT;
CREATE TABLE events (
  seq INTEGER PRIMARY KEY,
  job TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  at_ms INTEGER NOT NULL,
  who TEXT NOT NULL,
  what TEXT NOT NULL,
  text BLOB NOT NULL
) STRICT;
CREATE INDEX events_of_job ON events (job);
CREATE UNIQUE INDEX one_end ON events (job) WHERE what IN ('done', 'failed', 'cancelled');
PRAGMA user_version = 4;
)";

// Format 1 had another digest, which nothing can be compared with, and told a shared serial key by
// the owner that it does not end with.
constexpr const char* kFrom1To2 = R"(
ALTER TABLE jobs ADD COLUMN shared INTEGER NOT NULL DEFAULT 0;
UPDATE jobs SET digest = '', shared = length(serial_key) > 0 AND
  substr(serial_key, -1 - length(CAST(owner AS BLOB))) <> CAST(char(31) || owner AS BLOB);
)";

// Format 2 knew "Eve@b.org" and "eve@b.org" as two owners (flow/access/principal.h). Of two jobs
// with one key the later one keeps it; both stay their owner's.
constexpr const char* kFrom2To3 = R"(
UPDATE jobs SET key = '' WHERE key <> '' AND instr(owner, '@') > 0 AND EXISTS
  (SELECT 1 FROM jobs later WHERE later.flow = jobs.flow AND later.key = jobs.key
   AND lower(later.owner) = lower(jobs.owner) AND later.rowid > jobs.rowid);
UPDATE jobs SET serial_key = CAST(
    substr(serial_key, 1, length(serial_key) - length(CAST(owner AS BLOB))) || lower(owner) AS BLOB)
  WHERE instr(owner, '@') > 0 AND NOT shared AND length(serial_key) > 0;
UPDATE jobs SET owner = lower(owner) WHERE instr(owner, '@') > 0;
PRAGMA user_version = 3;
)";

// Nobody knows who asked for the jobs of format 3: what they call has no administrator's rights.
constexpr const char* kFrom3To4 = R"(
ALTER TABLE jobs ADD COLUMN admin INTEGER NOT NULL DEFAULT 0;
PRAGMA user_version = 4;
)";

void make_tables(Database& database, const std::filesystem::path& file) {
  Transaction transaction(database);
  std::int64_t format = 0;
  {
    Statement version(database, "PRAGMA user_version");
    if (version.next()) format = version.number(0);
  }
  if (format > kFormat) {
    throw executor::Error("bad_config", file.string() + " was written by a newer souvenir",
                          "use that one, or another SOUVENIR_HOME");
  }
  if (format == 0) database.run(kTables);
  if (format == 1) database.run(kFrom1To2);
  if (format == 1 || format == 2) database.run(kFrom2To3);
  if (format >= 1 && format <= 3) database.run(kFrom3To4);
  transaction.commit();
}

bool is_full(const std::exception& error) {
  const auto* told = dynamic_cast<const executor::Error*>(&error);
  return told != nullptr ? told->code() == "unavailable" : executor::is_full_disk(error);
}

[[noreturn]] void refuse_frames(const std::string& job, const std::string& part) {
  throw executor::Error("internal", "the " + part + " of the job " + job + " is damaged",
                        "send the request again");
}

void save(Database& database, const std::string& flow, const JobRecord& job) {
  Statement insert(database,
                   "INSERT INTO jobs (id, flow, place, owner, endpoint, serial_key, key, digest, "
                   "state, attempt, epoch, checkpoint_step, reasons, fault, progress, created_ms, "
                   "ended_ms, shared, admin) "
                   "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
                   "ON CONFLICT (id) DO UPDATE SET state = excluded.state, "
                   "attempt = excluded.attempt, epoch = excluded.epoch, "
                   "checkpoint_step = excluded.checkpoint_step, reasons = excluded.reasons, "
                   "fault = excluded.fault, progress = excluded.progress, "
                   "ended_ms = excluded.ended_ms");
  insert.with(job.id).with(flow).with(static_cast<std::int64_t>(job.place)).with(job.owner);
  insert.with(job.endpoint).with_bytes(job.serial_key).with(job.key).with(job.digest);
  insert.with(name_of(job.state)).with(static_cast<std::int64_t>(job.attempt));
  insert.with(static_cast<std::int64_t>(job.epoch)).with(job.checkpoint_step);
  insert.with_bytes(job.reasons).with_bytes(schemas::pack(job.fault));
  insert.with_bytes(schemas::pack(job.progress)).with(job.created_ms).with(job.ended_ms);
  insert.with(std::int64_t{job.shared}).with(std::int64_t{job.admin}).run();
}

}  // namespace

SqliteJournal::SqliteJournal(const std::filesystem::path& file, std::string flow)
    : flow_(std::move(flow)),
      reader_(file),
      writer_(file),
      event_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  make_tables(writer_, file);
  const auto note = executor::note_of(file, set_aside_damaged_jobs(writer_));
  if (!note.empty()) std::fprintf(stderr, "%s\n", note.c_str());
  thread_ = std::thread([this] { write_all(); });
}

SqliteJournal::~SqliteJournal() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_one();
  thread_.join();
  close(event_);
}

std::uint64_t SqliteJournal::append(Entry entry) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(entry));
  }
  wake_.notify_one();
  return ++appended_;
}

std::string SqliteJournal::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

void SqliteJournal::acknowledge() {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto got = ::read(event_, &count, sizeof count);
}

void SqliteJournal::write_all() {
  while (true) {
    std::vector<Entry> entries;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      entries = std::exchange(waiting_, {});
    }
    write(entries);
    if (!trouble().empty()) return;
    committed_ += entries.size();
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto put = ::write(event_, &one, sizeof one);
  }
}

// Returns once the entries are committed, or the process ends while the disk is full.
void SqliteJournal::write(const std::vector<Entry>& entries) {
  while (true) {
    try {
      Transaction transaction(writer_);
      for (const auto& entry : entries) write(entry);
      executor::fault_point("journal.commit");
      transaction.commit();
      executor::fault_point("journal.committed");
      const std::lock_guard lock(mutex_);
      trouble_.clear();
      return;
    } catch (const std::exception& error) {
      std::fprintf(stderr, "the journal of jobs cannot be written: %s\n", error.what());
      if (!is_full(error)) _exit(1);
      std::unique_lock lock(mutex_);
      trouble_ = error.what();
      if (wake_.wait_for(lock, kTryAgain, [this] { return ending_; })) return;
    }
  }
}

void SqliteJournal::write(const Entry& entry) {
  for (const auto& job : entry.saves) {
    save(writer_, flow_, job);
    if (job.state != JobState::done) continue;
    Statement(writer_, "DELETE FROM frames WHERE job = ? AND part = 'request'").with(job.id).run();
  }
  if (!entry.request_of.empty()) write_frames(entry.request_of, "request", {entry.request});
  if (!entry.results_of.empty()) write_frames(entry.results_of, "result", entry.results);
  if (!entry.reopens.empty()) {
    // A job has one end, and that was not it.
    Statement(writer_, "UPDATE events SET what = 'failed before' WHERE job = ? AND what = 'failed'")
        .with(entry.reopens)
        .run();
  }
  for (const auto& [job, note] : entry.notes) {
    Statement insert(writer_,
                     "INSERT INTO events (job, at_ms, who, what, text) VALUES (?, ?, ?, ?, ?)");
    insert.with(job).with(note.at_ms).with(note.who).with(note.what).with_bytes(note.text).run();
  }
  for (const auto& job : entry.forgets) {
    Statement(writer_, "DELETE FROM jobs WHERE id = ?").with(job).run();
  }
}

void SqliteJournal::write_frames(const std::string& job, const std::string& part,
                                 const std::vector<Packet>& packets) {
  for (std::size_t number = 0; number < packets.size(); ++number) {
    const Packet& packet = packets[number];
    for (std::size_t frame = 0; frame <= packet.blobs.size(); ++frame) {
      const schemas::Blob& bytes = frame == 0 ? packet.body : packet.blobs[frame - 1];
      Statement insert(writer_,
                       "INSERT INTO frames (job, part, number, frame, type, bytes) "
                       "VALUES (?, ?, ?, ?, ?, ?)");
      insert.with(job).with(part).with(static_cast<std::int64_t>(number));
      insert.with(static_cast<std::int64_t>(frame)).with(packet.header.type);
      insert.with_bytes(bytes.view()).run();
    }
  }
}

std::vector<JobRecord> SqliteJournal::load() {
  return jobs_of(reader_, flow_);
}

std::vector<std::string> SqliteJournal::open_elsewhere() {
  Statement rows(
      reader_,
      "SELECT id FROM jobs WHERE flow <> ? AND (state IN ('queued', 'running', 'paused') "
      "OR (state = 'failed' AND checkpoint_step > 0))");
  rows.with(flow_);
  std::vector<std::string> jobs;
  while (rows.next()) jobs.push_back(rows.text(0));
  return jobs;
}

std::vector<Packet> SqliteJournal::frames(const std::string& job, const std::string& part) {
  Statement rows(reader_,
                 "SELECT number, frame, type, bytes FROM frames WHERE job = ? AND part = ? "
                 "ORDER BY number, frame");
  rows.with(job).with(part);
  std::vector<Packet> packets;
  while (rows.next()) {
    if (rows.number(1) == 0 || packets.empty()) {
      if (rows.number(1) != 0) refuse_frames(job, part);
      packets.emplace_back();
      packets.back().header.type = rows.text(2);
      packets.back().body = schemas::Blob(rows.text(3));
    } else {
      packets.back().blobs.emplace_back(rows.text(3));
    }
  }
  return packets;
}

Packet SqliteJournal::request(const std::string& job) {
  auto packets = frames(job, "request");
  if (packets.empty()) {
    throw executor::Error("not_found", "the request of the job " + job + " is not kept",
                          "send it again");
  }
  return std::move(packets.front());
}

std::vector<Packet> SqliteJournal::results(const std::string& job) {
  return frames(job, "result");
}

std::size_t SqliteJournal::result_bytes(const std::string& job) {
  Statement sum(reader_,
                "SELECT coalesce(sum(length(bytes)), 0) FROM frames "
                "WHERE job = ? AND part = 'result'");
  sum.with(job);
  return sum.next() ? static_cast<std::size_t>(sum.number(0)) : 0;
}

std::vector<schemas::JobNote> SqliteJournal::history(const std::string& job) {
  Statement rows(reader_, "SELECT at_ms, who, what, text FROM events WHERE job = ? ORDER BY seq");
  rows.with(job);
  std::vector<schemas::JobNote> notes;
  while (rows.next()) {
    notes.push_back({rows.number(0), rows.text(1), rows.text(2), rows.text(3)});
  }
  return notes;
}

}  // namespace flow
