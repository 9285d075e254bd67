#include "flow/access/chained_log.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <nlohmann/json.hpp>

#include "flow/access/audit_check.h"
#include "tests/flow/access/scratch.h"

using namespace flow::access;
using access_test::Scratch;
using access_test::text_of;

namespace {

constexpr std::int64_t kDay_ms = 24LL * 60 * 60 * 1000;
constexpr ChainedLog::Budget kBudget{4'000, 3, std::chrono::days(7), std::chrono::days(30)};

std::int64_t now_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

void write(ChainedLog& log, const std::string& what, int lines = 1) {
  for (int i = 0; i < lines; ++i) log.append({{"at_ms", 5}, {"what", what}});
  log.flush(now_ms());
}

/// No file of this process grows beyond `bytes` meanwhile: writes end there, as on a full disk.
class Room {
 public:
  explicit Room(rlim_t bytes) : before_(std::signal(SIGXFSZ, SIG_IGN)) {
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &limit_) == 0);
    const rlimit tight{bytes, limit_.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &tight) == 0);
  }
  ~Room() {
    ::setrlimit(RLIMIT_FSIZE, &limit_);
    std::signal(SIGXFSZ, before_);
  }
  Room(const Room&) = delete;
  Room& operator=(const Room&) = delete;

 private:
  rlimit limit_{};
  void (*before_)(int);
};

bool is_sound(const std::filesystem::path& file) {
  const auto found = check_log(file);
  INFO((found.bad ? found.bad->file.string() + ":" + std::to_string(found.bad->line) : "")
       << " " << found.why);
  CHECK_FALSE(found.bad);
  return !found.bad;
}

}  // namespace

TEST_CASE("the chain goes on over restarts and generations") {
  const Scratch scratch;
  const auto file = scratch / "audit.log";
  for (int start = 0; start < 3; ++start) {
    ChainedLog log(file, kBudget, now_ms());
    for (int i = 0; i < 4; ++i) write(log, "line", 10);
  }
  const auto found = check_log(file);
  CHECK_FALSE(found.bad);
  CHECK(found.files > 1);
  CHECK(found.lines >= 120);
}

TEST_CASE("so many generations are kept, and the check knows which should be there") {
  const Scratch scratch;
  const auto file = scratch / "audit.log";
  ChainedLog log(file, kBudget, now_ms());
  for (int i = 0; i < 200; ++i) write(log, "line", 10);
  CHECK(generations_of(file).size() == kBudget.generations);
  CHECK(generations_of(file).begin()->first > 1);
  CHECK(is_sound(file));
}

TEST_CASE("generations that are older than they are kept go, and younger ones stay") {
  const Scratch scratch;
  const auto file = scratch / "audit.log";
  ChainedLog log(file, kBudget, now_ms());
  for (int i = 0; i < 2; ++i) write(log, std::string(kBudget.bytes, 'x'));
  REQUIRE(generations_of(file).size() == 2);
  const auto old = generation_file(file, 1), young = generation_file(file, 2);
  const auto now = std::filesystem::file_time_type::clock::now();
  last_write_time(old, now - kBudget.kept - std::chrono::minutes(1));
  last_write_time(young, now - kBudget.kept + std::chrono::minutes(1));
  write(log, std::string(kBudget.bytes, 'x'));
  CHECK_FALSE(exists(old));
  CHECK(exists(young));
  CHECK(is_sound(file));
}

TEST_CASE("a generation lasts so long, even when it is small") {
  const Scratch scratch;
  const auto file = scratch / "audit.log";
  const auto start = now_ms();
  ChainedLog log(file, kBudget, start);
  log.flush(start + 7 * kDay_ms);
  CHECK(generations_of(file).empty());
  log.flush(start + 7 * kDay_ms + 1);
  CHECK(generations_of(file).size() == 1);
  CHECK(is_sound(file));
}

TEST_CASE("a killed writer leaves whole lines, and its successor goes on with the chain") {
  const Scratch scratch;
  const auto file = scratch / "audit.log";
  for (int kills = 0; kills < 5; ++kills) {
    const pid_t child = ::fork();
    if (child == 0) {
      ChainedLog log(file, kBudget, now_ms());
      while (true) write(log, "line", 3);
    }
    const auto written = [&] { return read_head(file).value_or(ChainEnd()).n; };
    const auto before = written();
    while (written() < before + 20) ::usleep(1'000);  // between two looks
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    CHECK(is_sound(file));
  }
}

TEST_CASE("a line that was cut short is ended, told by the check, and breaks nothing") {
  const Scratch scratch;
  const auto file = scratch / "audit.log";
  {
    ChainedLog log(file, kBudget, now_ms());
    write(log, "whole");
  }
  std::ofstream(file, std::ios::app) << R"({"n":3,"at_ms":5,"wh)";
  CHECK(check_log(file).unfinished.size() == 1);
  CHECK(is_sound(file));
  ChainedLog log(file, kBudget, now_ms());
  write(log, "next");
  const auto found = check_log(file);
  CHECK(is_sound(file));
  REQUIRE(found.unfinished.size() == 1);
  CHECK(found.unfinished[0].line == 3);
  CHECK(found.lines == 3);
}

TEST_CASE("on a full disk lines are left out, and the next one with room says how many") {
  const Scratch scratch;
  const auto file = scratch / "audit.log";
  ChainedLog log(file, kBudget, now_ms());
  write(log, "whole");
  const auto whole = file_size(file);
  {
    const Room room(whole + 7);
    write(log, "half");
    CHECK(file_size(file) == whole + 7);
    write(log, "none", 2);
  }
  write(log, "again");
  CHECK(is_sound(file));
  const auto lines = last_lines_of(file, 2);
  REQUIRE(lines.size() == 2);
  CHECK(nlohmann::json::parse(lines[0])["times"] == 3);
  CHECK(nlohmann::json::parse(lines[1])["what"] == "again");
}

TEST_CASE("a full disk at the turn of a generation leaves the former one going on") {
  const Scratch scratch;
  const auto file = scratch / "audit.log";
  ChainedLog log(file, kBudget, now_ms());
  log.append({{"at_ms", 5}, {"what", std::string(kBudget.bytes, 'x')}});
  {
    const Room room(0);
    log.flush(now_ms());
    CHECK(generations_of(file).empty());
  }
  write(log, "again");
  CHECK(is_sound(file));
}

TEST_CASE("a kill between closing a generation and beginning the next loses nothing") {
  for (const bool has_links : {true, false}) {
    const Scratch scratch;
    const auto file = scratch / "audit.log", closed = generation_file(file, 1);
    {
      ChainedLog log(file, kBudget, now_ms());
      write(log, "line", 5);
    }
    if (has_links) {
      std::filesystem::create_hard_link(file, closed);
      CHECK(is_sound(file));
      CHECK(last_lines_of(file, 100).size() == 6);
    } else {
      rename(file, closed);
    }
    ChainedLog log(file, kBudget, now_ms());
    write(log, "next");
    CHECK(is_sound(file));
    CHECK(check_log(file).lines == (has_links ? 7 : 8));
    write(log, std::string(kBudget.bytes, 'x'));
    CHECK(is_sound(file));
    CHECK(generations_of(file).size() == (has_links ? 1 : 2));
  }
}

TEST_CASE("a log of an older souvenir is put aside and a chained one begun") {
  const Scratch scratch;
  const auto file = scratch / "audit.log";
  std::ofstream(file) << "{\"at_ms\":5,\"who\":\"ann\"}\n";
  ChainedLog log(file, kBudget, now_ms());
  write(log, "next");
  CHECK(is_sound(file));
  CHECK(text_of(scratch / "audit.log.unchained").find("ann") != std::string::npos);
}

TEST_CASE("whoever is told of the lines hears each that is written") {
  const Scratch scratch;
  std::vector<std::string> told;
  ChainedLog log(scratch / "audit.log", kBudget, now_ms(),
                 [&](const std::string& line) { told.push_back(line); });
  write(log, "line", 2);
  REQUIRE(told.size() == 3);
  CHECK(told == last_lines_of(scratch / "audit.log", 3));
}

TEST_CASE("an audit that cannot be written is bad_config") {
  const Scratch scratch;
  std::filesystem::create_directories(scratch / "audit.log.head");
  CHECK_THROWS_WITH(ChainedLog(scratch / "audit.log", kBudget, now_ms()),
                    Catch::Contains("cannot write the audit"));
}
