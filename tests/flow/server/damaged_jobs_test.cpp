#include <poll.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "executor/damaged_rows.h"
#include "executor/error.h"
#include "executor/files/temporary_folder.h"
#include "flow/server/sqlite_journal.h"
#include "schemas/codec.h"

using executor::Database;
using executor::Statement;
using flow::JobRecord;
using flow::JobState;
using flow::SqliteJournal;

namespace {

JobRecord record(const std::string& id) {
  JobRecord job{.id = id};
  job.owner = "me";
  job.endpoint = "/run";
  job.key = "key of " + id;
  job.durable = true;
  job.place = 7;
  job.state = JobState::failed;
  job.attempt = 1;
  job.epoch = 5;
  job.created_ms = 11;
  job.ended_ms = 12;
  return job;
}

// A journal of the jobs j-1, j-2 and j-3, of which j-2 is to be damaged.
std::filesystem::path journal_in(const files::TemporaryFolder& folder) {
  const auto file = folder / "jobs.db";
  SqliteJournal journal(file, "one");
  for (const char* id : {"j-1", "j-2", "j-3"}) {
    flow::Journal::Entry entry;
    entry.saves = {record(id)};
    entry.notes = {{id, {1, "me", "failed", "text"}}};
    journal.append(entry);
  }
  return file;
}

// Writes what SQLite would not let in, as a disk does: without the table's rules, past its indices.
void damage(const std::filesystem::path& file, const std::string& sql) {
  {
    Database database(file);
    database.run(R"(
      CREATE TABLE kept AS SELECT name, sql, type, tbl_name, rootpage FROM sqlite_schema;
      PRAGMA writable_schema = ON;
      DELETE FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'jobs';
      UPDATE sqlite_schema SET sql = 'CREATE TABLE jobs (id, flow, place, owner, endpoint, serial_key,
        key, digest, state, attempt, epoch, checkpoint_step, reasons, fault, progress, created_ms,
        ended_ms, shared)' WHERE name = 'jobs';)");
  }
  { Database(file).run(("PRAGMA foreign_keys = OFF;" + sql).c_str()); }
  {
    Database database(file);
    database.run(R"(
      PRAGMA writable_schema = ON;
      UPDATE sqlite_schema SET sql = (SELECT sql FROM kept WHERE name = 'jobs') WHERE name = 'jobs';
      INSERT INTO sqlite_schema (type, name, tbl_name, rootpage, sql)
        SELECT type, name, tbl_name, rootpage, sql FROM kept
        WHERE type = 'index' AND tbl_name = 'jobs';)");
  }
  Database(file).run("DROP TABLE kept");
}

std::string set(const std::string& column, const std::string& value) {
  return "UPDATE jobs SET " + column + " = " + value + " WHERE id = 'j-2'";
}

std::string hex(const std::string& bytes) {
  std::string text = "X'";
  for (const unsigned char c : bytes) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", c);
    text += digits;
  }
  return text + "'";
}

std::vector<std::string> all_damage() {
  std::vector<std::string> all;
  for (const char* text : {"id", "flow", "owner", "endpoint", "key", "digest", "state"}) {
    all.push_back(set(text, "NULL"));
    all.push_back(set(text, "X'ff00'"));
    all.push_back(set(text, "7"));
    all.push_back(set(text, "CAST(X'fffe' AS TEXT)"));
  }
  for (const char* number :
       {"place", "attempt", "epoch", "checkpoint_step", "created_ms", "ended_ms", "shared"}) {
    all.push_back(set(number, "NULL"));
    all.push_back(set(number, "'many'"));
    all.push_back(set(number, "0.5"));
    all.push_back(set(number, "-1"));
    all.push_back(set(number, "9223372036854775807"));
  }
  for (const char* bytes : {"serial_key", "reasons", "fault", "progress"}) {
    all.push_back(set(bytes, "NULL"));
    all.push_back(set(bytes, "'a text'"));
    all.push_back(set(bytes, "3"));
    all.push_back(set(bytes, "zeroblob(3000000)"));
  }
  const auto whole = schemas::pack(schemas::Fault{"internal", "stage", "j-2", "cause", "hint"});
  for (const char* body : {"fault", "progress"}) {
    all.push_back(set(body, "X''"));
    all.push_back(set(body, hex(whole.substr(0, whole.size() / 2))));  // cut short
    all.push_back(set(body, hex(whole + "x")));
    all.push_back(set(body, "X'ddffffffff'"));        // a list of four billion
    all.push_back(set(body, "X'dfffffffff'"));        // a map of as many
    all.push_back(set(body, "X'81a161c6ffffffff'"));  // bytes of as many
  }
  all.push_back(set("progress", hex(whole)));  // a fault where a progress belongs
  all.push_back(set("state", "'lost'"));
  all.push_back(set("state", "''"));
  all.push_back(set("state", "'running'"));  // and it has an end
  all.push_back(set("id", "'../../x'"));
  all.push_back(set("id", "hex(zeroblob(100))"));
  all.push_back(set("id", "'j-1'"));  // twice
  all.push_back(set("key", "'key of j-1'"));
  all.push_back(set("endpoint", "'run'"));
  all.push_back(set("owner", "hex(zeroblob(2000000))"));
  return all;
}

std::set<std::string> ids_of(SqliteJournal& journal) {
  std::set<std::string> ids;
  for (const auto& job : journal.load()) ids.insert(job.id);
  return ids;
}

}  // namespace

TEST_CASE("a damaged row of a job is set aside with what it holds, and the others are served") {
  const auto all = all_damage();
  REQUIRE(all.size() >= 30);
  for (const auto& sql : all) {
    INFO(sql);
    const files::TemporaryFolder folder;
    const auto file = journal_in(folder);
    damage(file, sql);
    {
      SqliteJournal journal(file, "one");
      CHECK(ids_of(journal) == std::set<std::string>{"j-1", "j-3"});
      CHECK(journal.open_elsewhere().empty());
      // What comes next is written as ever, also a job of the id that is free now.
      flow::Journal::Entry entry;
      entry.saves = {record("j-4"), record("j-2")};
      journal.append(entry);
    }
    SqliteJournal again(file, "one");
    CHECK(ids_of(again) == std::set<std::string>{"j-1", "j-2", "j-3", "j-4"});
    Database database(file);
    const auto aside = executor::rows_set_aside(database);
    REQUIRE(aside.size() == 1);
    std::printf("%-60.60s %s\n", sql.c_str() + std::string("UPDATE jobs SET ").size(),
                aside.front().c_str());
    CHECK_THAT(aside.front(), Catch::StartsWith("damaged_jobs: "));
    Statement sound(database, "PRAGMA integrity_check");
    REQUIRE(sound.next());
    CHECK(sound.text(0) == "ok");
  }
  std::printf("%zu kinds of damage\n", all.size());
}

TEST_CASE("sound jobs are never set aside, whatever state they are in") {
  const files::TemporaryFolder folder;
  {
    SqliteJournal journal(folder / "jobs.db", "one");
    for (const auto state : {JobState::queued, JobState::running, JobState::paused, JobState::done,
                             JobState::failed, JobState::cancelled}) {
      auto job = record("j-" + flow::name_of(state));
      job.state = state;
      if (job.is_open()) job.ended_ms = 0;
      job.key = state == JobState::queued || state == JobState::running ? "" : job.key;
      flow::Journal::Entry entry;
      entry.saves = {job};
      journal.append(entry);
    }
  }
  SqliteJournal journal(folder / "jobs.db", "one");
  CHECK(ids_of(journal).size() == 6);
  Database database(folder / "jobs.db");
  CHECK(executor::rows_set_aside(database).empty());
}

TEST_CASE("all rows of a journal may be damaged, and it serves new jobs") {
  const files::TemporaryFolder folder;
  const auto file = journal_in(folder);
  damage(file, "UPDATE jobs SET state = 'lost'");
  {
    SqliteJournal journal(file, "one");
    CHECK(journal.load().empty());
    flow::Journal::Entry entry;
    entry.saves = {record("j-4")};
    journal.append(entry);
  }
  SqliteJournal journal(file, "one");
  CHECK(ids_of(journal) == std::set<std::string>{"j-4"});
}

TEST_CASE("a journal whose page is damaged is refused with its name and what to do") {
  const files::TemporaryFolder folder;
  const auto file = journal_in(folder);
  Database(file).run("PRAGMA wal_checkpoint(TRUNCATE)");
  std::fstream bytes(file, std::ios::binary | std::ios::in | std::ios::out);
  for (const auto page : {1, 2, 3, 4, 5, 6, 7}) {
    bytes.seekp(page * 4096);
    bytes << std::string(4096, '\x5a');
  }
  bytes.close();
  try {
    SqliteJournal journal(file, "one");
    journal.load();
    FAIL("it was taken");
  } catch (const executor::Error& error) {
    CHECK_THAT(error.what(), Catch::Contains(file.string()));
    CHECK_THAT(error.hint(), Catch::Contains(".recover"));
  }
}

TEST_CASE("a result whose first frame is gone fails its reader alone") {
  const files::TemporaryFolder folder;
  SqliteJournal journal(folder / "jobs.db", "one");
  flow::Journal::Entry entry;
  entry.saves = {record("j-1")};
  entry.results_of = "j-1";
  executor::Packet packet;
  packet.header.type = "text.v1";
  packet.blobs.emplace_back(std::string("blob"));
  entry.results = {packet};
  const auto ticket = journal.append(entry);
  while (journal.committed() < ticket) {
    pollfd item{journal.descriptor(), POLLIN, 0};
    REQUIRE(poll(&item, 1, 10'000) == 1);
    journal.acknowledge();
  }
  Database(folder / "jobs.db").run("DELETE FROM frames WHERE frame = 0");
  CHECK_THROWS_WITH(journal.results("j-1"), Catch::Contains("j-1 is damaged"));
}
