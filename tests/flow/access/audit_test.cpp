#include "flow/access/audit.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

#include "flow/access/audit_check.h"
#include "tests/flow/access/scratch.h"

using namespace flow::access;
using access_test::Scratch;
using access_test::text_of;

namespace {

constexpr std::int64_t kNow_ms = 1'800'000'000'000;

struct World {
  Scratch scratch;
  Files files{scratch.path()};
  Settings settings{.on = true};
  Audit audit{settings, files, kNow_ms};
};

// The lines of a log but for those that begin a generation.
std::vector<nlohmann::json> entries(const std::filesystem::path& file) {
  std::vector<nlohmann::json> found;
  std::istringstream lines(text_of(file));
  for (std::string line; std::getline(lines, line);) {
    auto entry = nlohmann::json::parse(line);
    if (entry.contains("what")) found.push_back(std::move(entry));
  }
  return found;
}

std::size_t bytes_in(const std::filesystem::path& folder) {
  std::size_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) bytes += entry.file_size();
  return bytes;
}

}  // namespace

TEST_CASE("the audit has a line for each verdict, in files of its owner alone") {
  World w;
  w.audit.write({5, Link::curve, "ann", "key 1f2e", "request /generate", ""});
  w.audit.write({6, Link::own, "bob\n\xff", "ipc", "stop", "only administrators may"});
  w.audit.flush(kNow_ms);
  const auto allowed = entries(w.files.audit), refused = entries(w.files.refusals);
  REQUIRE(allowed.size() == 1);
  CHECK(allowed[0]["who"] == "ann");
  CHECK(allowed[0]["link"] == "curve");
  CHECK(allowed[0]["verdict"] == "allowed");
  REQUIRE(refused.size() == 1);
  CHECK(refused[0]["verdict"] == "refused");
  CHECK(refused[0]["why"] == "only administrators may");
  for (const auto& file : {w.files.audit, w.files.refusals}) {
    struct stat info {};
    REQUIRE(::stat(file.c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0600);
    CHECK_FALSE(check_log(file).bad);
  }
}

TEST_CASE(
    "a hundred thousand refusals of one peer are a line at once and a counted one each minute") {
  World w;
  const AuditEntry refusal{kNow_ms, Link::loopback, "", "", "request /generate", "no one"};
  w.audit.write({kNow_ms, Link::own, "ann", "ipc", "request /generate", ""});
  w.audit.write(refusal);
  w.audit.flush(kNow_ms + 1);
  CHECK(entries(w.files.refusals).size() == 1);
  for (int minute = 1; minute <= 10; ++minute) {
    for (int i = 0; i < 10'000; ++i) w.audit.write(refusal);
    w.audit.flush(kNow_ms + minute * Repeats::kInterval_ms);
  }
  const auto refused = entries(w.files.refusals);
  std::size_t told = 0;
  for (const auto& entry : refused) told += entry.value("times", 1);
  CHECK(told == 100'001);
  CHECK(refused.size() <= 20);
  CHECK(entries(w.files.audit).at(0)["who"] == "ann");
  CHECK_FALSE(check_log(w.files.refusals).bad);
}

TEST_CASE(
    "a peer that always asks something else takes so much of the audit, and its kinds are told") {
  World w;
  constexpr int kMinutes = 6 * 60, kPerMinute = 100;
  for (int minute = 0; minute < kMinutes; ++minute) {
    for (int i = 0; i < kPerMinute; ++i) {
      w.audit.write({kNow_ms, Link::curve, "eve", "key 1",
                     "control cancel j-" + std::to_string(minute * kPerMinute + i), ""});
    }
    w.audit.flush(kNow_ms + minute * Repeats::kInterval_ms);
  }
  w.audit.flush(kNow_ms + kMinutes * Repeats::kInterval_ms);
  const auto found = entries(w.files.audit);
  std::size_t told = 0;
  for (const auto& entry : found) {
    CHECK(entry["who"] == "eve");
    told += entry.value("times", 1);
  }
  CHECK(told == std::size_t{kMinutes} * kPerMinute);
  const auto budget = Audit::kAllowed.bytes * Audit::kAllowed.generations;
  const std::size_t a_week = 7 * 24 * 60 / kMinutes * bytes_in(w.files.folder);
  INFO("a week takes " << (a_week >> 20) << " of " << (budget >> 20) << " MiB");
  CHECK(a_week < budget / 20);  // twenty of them push out nothing of a week
}

TEST_CASE("a flood of many peers is bounded too, and does not touch what was allowed") {
  World w;
  w.audit.write({kNow_ms, Link::own, "ann", "ipc", "stop", ""});
  for (int round = 0; round < 2; ++round) {
    for (std::size_t peer = 0; peer < 4 * Repeats::kMaxPeers; ++peer) {
      w.audit.write({kNow_ms, Link::curve, "", "peer " + std::to_string(peer), "hello x", "no"});
    }
  }
  w.audit.flush(kNow_ms + Repeats::kInterval_ms);
  const auto refused = entries(w.files.refusals);
  CHECK(refused.size() <= 2 * Repeats::kMaxPeers + 1);
  std::size_t told = 0;
  for (const auto& entry : refused) told += entry.value("times", 1);
  CHECK(told == 8 * Repeats::kMaxPeers);
  CHECK(refused.size() > Repeats::kMaxPeers);
  REQUIRE(entries(w.files.audit).size() == 1);
  CHECK(entries(w.files.audit)[0]["what"] == "stop");
}

TEST_CASE("what was counted when the server ends in order is written then") {
  Scratch scratch;
  const Files files(scratch.path());
  {
    Audit audit({.on = true}, files, kNow_ms);
    for (int i = 0; i < 7; ++i) audit.write({kNow_ms, Link::own, "ann", "ipc", "status", ""});
  }
  const auto found = entries(files.audit);
  REQUIRE(found.size() == 2);
  CHECK(found[1]["times"] == 6);
}
