#include "flow/server/sqlite_journal.h"

#include <poll.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <map>

#include "executor/database.h"
#include "executor/error.h"
#include "executor/files/temporary_folder.h"

using flow::JobRecord;
using flow::JobState;
using flow::Journal;
using flow::SqliteJournal;

namespace {

struct Folder {
  files::TemporaryFolder temporary;
  std::filesystem::path file() const { return temporary / "jobs.db"; }
};

JobRecord record(const std::string& id) {
  JobRecord job{.id = id};
  job.owner = "me";
  job.endpoint = "/run";
  job.serial_key =
      "a\x1f"
      "b";
  job.shared = true;
  job.admin = true;
  job.durable = true;
  job.key = "key of " + id;
  job.digest = "d";
  job.place = 7;
  job.state = JobState::running;
  job.attempt = 2;
  job.epoch = 5;
  job.checkpoint_step = 50;
  job.reasons = "attempt 1: x";
  job.progress.step = 60;
  job.progress.loss = 0.5;
  job.created_ms = 11;
  return job;
}

Journal::Entry entry(const JobRecord& job, const std::string& what) {
  Journal::Entry entry;
  entry.saves = {job};
  entry.notes = {{job.id, {1, "me", what, "text"}}};
  return entry;
}

executor::Packet packet(const std::string& type, const std::string& body,
                        const std::vector<std::string>& blobs = {}) {
  executor::Packet packet;
  packet.header.type = type;
  packet.body = schemas::Blob(body);
  for (const auto& blob : blobs) packet.blobs.emplace_back(blob);
  return packet;
}

Journal::Entry accepted(const JobRecord& job, const executor::Packet& request) {
  auto made = entry(job, "accepted");
  made.request_of = job.id;
  made.request = request;
  return made;
}

void wait(SqliteJournal& journal, std::uint64_t ticket) {
  while (journal.committed() < ticket) {
    pollfd item{journal.descriptor(), POLLIN, 0};
    REQUIRE(poll(&item, 1, 10'000) == 1);
    journal.acknowledge();
  }
}

}  // namespace

TEST_CASE("what was committed is there after a restart, field by field") {
  Folder folder;
  {
    SqliteJournal journal(folder.file(), "one");
    auto first =
        accepted(record("j-1"), packet("text.v1", "body", {"", std::string(100'000, 'x')}));
    wait(journal, journal.append(first));
    CHECK(journal.load().size() == 1);
  }
  SqliteJournal journal(folder.file(), "one");
  const auto jobs = journal.load();
  REQUIRE(jobs.size() == 1);
  const JobRecord expected = record("j-1");
  CHECK(jobs[0].id == expected.id);
  CHECK(jobs[0].owner == expected.owner);
  CHECK(jobs[0].endpoint == expected.endpoint);
  CHECK(jobs[0].serial_key == expected.serial_key);
  CHECK(jobs[0].durable);
  CHECK(jobs[0].key == expected.key);
  CHECK(jobs[0].digest == expected.digest);
  CHECK(jobs[0].place == expected.place);
  CHECK(jobs[0].state == expected.state);
  CHECK(jobs[0].attempt == expected.attempt);
  CHECK(jobs[0].epoch == expected.epoch);
  CHECK(jobs[0].checkpoint_step == expected.checkpoint_step);
  CHECK(jobs[0].reasons == expected.reasons);
  CHECK(jobs[0].progress.step == 60);
  CHECK(jobs[0].progress.loss == 0.5);
  CHECK(jobs[0].created_ms == 11);
  CHECK(jobs[0].shared);
  CHECK(jobs[0].admin);
  const auto request = journal.request("j-1");
  CHECK(request.header.type == "text.v1");
  CHECK(request.body.view() == "body");
  REQUIRE(request.blobs.size() == 2);
  CHECK(request.blobs[0].size() == 0);
  CHECK(request.blobs[1].size() == 100'000);
}

TEST_CASE("a done job keeps its results and history, and gives up its request") {
  Folder folder;
  SqliteJournal journal(folder.file(), "one");
  auto job = record("j-1");
  auto first = accepted(job, packet("text.v1", "body"));
  journal.append(first);
  job.state = JobState::done;
  auto last = entry(job, "done");
  last.results_of = "j-1";
  last.results = {packet("a.v1", "1", {"blob"}), packet("b.v1", "2")};
  wait(journal, journal.append(last));
  CHECK_THROWS_AS(journal.request("j-1"), executor::Error);
  const auto results = journal.results("j-1");
  REQUIRE(results.size() == 2);
  CHECK(results[0].blobs.at(0).view() == "blob");
  CHECK(results[1].header.type == "b.v1");
  const auto history = journal.history("j-1");
  REQUIRE(history.size() == 2);
  CHECK(history[1].what == "done");
}

TEST_CASE("many entries are committed together, in order") {
  Folder folder;
  SqliteJournal journal(folder.file(), "one");
  std::uint64_t ticket = 0;
  for (int i = 0; i < 500; ++i) {
    auto job = record("j-" + std::to_string(i % 100));
    job.epoch = static_cast<std::uint64_t>(i);
    ticket = journal.append(entry(job, "started"));
  }
  wait(journal, ticket);
  CHECK(journal.load().size() == 100);
  for (const auto& job : journal.load()) CHECK(job.epoch >= 400);
}

TEST_CASE("a forgotten job leaves nothing behind") {
  Folder folder;
  SqliteJournal journal(folder.file(), "one");
  auto first = accepted(record("j-1"), packet("text.v1", "body"));
  journal.append(first);
  Journal::Entry forget;
  forget.forgets = {"j-1"};
  wait(journal, journal.append(forget));
  CHECK(journal.load().empty());
  CHECK(journal.history("j-1").empty());
  CHECK_THROWS_AS(journal.request("j-1"), executor::Error);
}

TEST_CASE("flows of one home folder do not see each other's jobs, but know that they are open") {
  Folder folder;
  {
    SqliteJournal journal(folder.file(), "one");
    auto ended = record("j-2"), kept = record("j-3");
    ended.state = kept.state = JobState::failed;
    ended.checkpoint_step = 0;
    journal.append(entry(record("j-1"), "accepted"));
    journal.append(entry(ended, "failed"));
    wait(journal, journal.append(entry(kept, "failed")));
  }
  SqliteJournal other(folder.file(), "two");
  CHECK(other.load().empty());
  CHECK(other.open_elsewhere() == std::vector<std::string>{"j-1", "j-3"});  // j-3 may be retried
}

TEST_CASE("a job that is opened again ends once more, and its history tells of both") {
  Folder folder;
  SqliteJournal journal(folder.file(), "one");
  auto job = record("j-1");
  auto first = accepted(job, packet("text.v1", "body"));
  journal.append(first);
  job.state = JobState::failed;
  journal.append(entry(job, "failed"));
  job.state = JobState::running;
  auto again = entry(job, "retried");
  again.reopens = "j-1";
  journal.append(again);
  job.state = JobState::failed;
  wait(journal, journal.append(entry(job, "failed")));
  CHECK(journal.request("j-1").body.view() == "body");
  std::vector<std::string> said;
  for (const auto& note : journal.history("j-1")) said.push_back(note.what);
  CHECK(said == std::vector<std::string>{"accepted", "failed before", "retried", "failed"});
}

TEST_CASE("a journal of a newer souvenir is refused") {
  Folder folder;
  { executor::Database(folder.file()).run("PRAGMA user_version = 5"); }
  CHECK_THROWS_AS(SqliteJournal(folder.file(), "one"), executor::Error);
}

TEST_CASE("how large kept results are is known without reading them") {
  Folder folder;
  SqliteJournal journal(folder.file(), "one");
  CHECK(journal.result_bytes("j-1") == 0);
  auto done = entry(record("j-1"), "accepted");
  done.request_of = done.results_of = "j-1";
  done.request = packet("text.v1", "not counted");
  done.results = {packet("text.v1", "12345", {std::string(1'000, 'x')}), packet("text.v1", "6")};
  wait(journal, journal.append(done));
  CHECK(journal.result_bytes("j-1") == 1'006);
}

TEST_CASE("a journal of format 1 tells which serial keys are shared, and forgets its digests") {
  Folder folder;
  auto shared = record("j-shared"), own = record("j-own"), plain = record("j-plain");
  shared.serial_key = "/finetune\x1fmeta";
  own.serial_key = "/finetune\x1fsks dog\x1fme";
  plain.serial_key = "";
  {
    SqliteJournal journal(folder.file(), "one");
    for (const auto& job : {shared, own, plain}) journal.append(entry(job, "accepted"));
  }
  executor::Database(folder.file())
      .run(
          "ALTER TABLE jobs DROP COLUMN shared; ALTER TABLE jobs DROP COLUMN admin; "
          "PRAGMA user_version = 1");
  SqliteJournal journal(folder.file(), "one");
  std::map<std::string, bool> found;
  for (const auto& job : journal.load()) {
    found[job.id] = job.shared;
    CHECK(job.digest.empty());
  }
  CHECK(found ==
        std::map<std::string, bool>{{"j-shared", true}, {"j-own", false}, {"j-plain", false}});
}

TEST_CASE("a journal of format 2 takes the spellings of an address together, and loses no job") {
  Folder folder;
  const auto job = [](const std::string& id, const std::string& owner, const std::string& key) {
    auto made = record(id);
    made.owner = owner;
    made.key = key;
    made.serial_key = "/finetune\x1fprivate_meta\x1f" + owner;
    made.shared = false;
    return made;
  };
  auto shared = job("j-shared", "Eve@b.org", "");
  shared.shared = true;
  shared.serial_key = "/finetune\x1fmeta";
  const std::vector<JobRecord> jobs = {job("j-1", "Eve@b.org", "k"), job("j-2", "eve@b.org", "k"),
                                       job("j-3", "EVE@B.org", "l"), job("j-4", "Eve", "k"),
                                       job("j-5", "eve", "k"),       shared};
  {
    SqliteJournal journal(folder.file(), "one");
    for (const auto& each : jobs) journal.append(entry(each, "accepted"));
  }
  executor::Database(folder.file())
      .run("ALTER TABLE jobs DROP COLUMN admin; PRAGMA user_version = 2");
  SqliteJournal journal(folder.file(), "one");
  std::map<std::string, JobRecord> found;
  for (const auto& each : journal.load()) found[each.id] = each;
  REQUIRE(found.size() == jobs.size());
  for (const char* id : {"j-1", "j-2", "j-3", "j-shared"}) CHECK(found[id].owner == "eve@b.org");
  for (const char* id : {"j-1", "j-2", "j-3"}) {
    CHECK(found[id].serial_key ==
          "/finetune\x1fprivate_meta\x1f"
          "eve@b.org");
  }
  CHECK(found["j-shared"].serial_key == "/finetune\x1fmeta");
  CHECK(found["j-1"].key.empty());  // the later one keeps it
  CHECK(found["j-2"].key == "k");
  CHECK(found["j-3"].key == "l");
  CHECK(found["j-4"].owner == "Eve");
  CHECK(found["j-4"].key == "k");
  CHECK(found["j-5"].owner == "eve");
}

TEST_CASE("nobody is an administrator for what a job of format 3 calls") {
  Folder folder;
  {
    SqliteJournal journal(folder.file(), "one");
    wait(journal, journal.append(entry(record("j-1"), "accepted")));
    CHECK(journal.load().at(0).admin);
  }
  executor::Database(folder.file())
      .run("ALTER TABLE jobs DROP COLUMN admin; PRAGMA user_version = 3");
  SqliteJournal journal(folder.file(), "one");
  CHECK_FALSE(journal.load().at(0).admin);
  CHECK(journal.load().at(0).shared);
}
