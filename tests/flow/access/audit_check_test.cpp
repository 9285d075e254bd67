#include "flow/access/audit_check.h"

#include <catch2/catch.hpp>
#include <functional>
#include <nlohmann/json.hpp>
#include <sstream>

#include "flow/access/chained_log.h"
#include "tests/flow/access/scratch.h"

using namespace flow::access;
using access_test::Scratch;
using access_test::text_of;

namespace {

constexpr std::int64_t kNow_ms = 1'800'000'000'000;
constexpr ChainedLog::Budget kBudget{3'000, 100, std::chrono::days(7), std::chrono::days(36'500)};

// A log of some generations, whose server has ended.
struct Log {
  Scratch scratch;
  std::filesystem::path file = scratch / "audit.log";
  std::size_t entries = 0;
  Log() {
    ChainedLog log(file, kBudget, kNow_ms);
    for (int i = 0; i < 100 || lines(file).size() < 6; ++i, ++entries) {
      log.append({{"at_ms", i}, {"who", "ann"}, {"what", "request /number/" + std::to_string(i)}});
      log.flush(kNow_ms);
    }
    REQUIRE(generations_of(file).size() >= 3);
  }
  std::vector<std::string> lines(const std::filesystem::path& of) const {
    std::vector<std::string> found;
    std::istringstream in(text_of(of));
    for (std::string line; std::getline(in, line);) found.push_back(line);
    return found;
  }
  void write(const std::filesystem::path& to, const std::vector<std::string>& lines) const {
    std::string text;
    for (const auto& line : lines) text += line + '\n';
    std::ofstream(to, std::ios::trunc) << text;
  }
  void change(const std::filesystem::path& at,
              const std::function<void(std::vector<std::string>&)>& how) const {
    auto found = lines(at);
    how(found);
    write(at, found);
  }
  // A server that starts over it hides nothing.
  void check_found(const std::filesystem::path& at, std::size_t line) const {
    for (const bool restarted : {false, true}) {
      if (restarted) ChainedLog(file, kBudget, kNow_ms).append({{"what", "restarted"}});
      INFO((restarted ? "after a restart" : "at once"));
      const auto found = check_log(file);
      REQUIRE(found.bad);
      INFO(found.why);
      CHECK(found.bad->file == at);
      CHECK(found.bad->line == line);
    }
  }
};

void edit(std::string& line) {
  const auto at = line.find("ann");
  REQUIRE(at != line.npos);
  line.replace(at, 3, "bob");
}

}  // namespace

TEST_CASE("a log as it was written has no fault, and one that was never begun has none") {
  const Log log;
  const auto found = check_log(log.file);
  CHECK_FALSE(found.bad);
  CHECK(found.lines == log.entries + found.files);
  CHECK(found.unfinished.empty());
  CHECK_FALSE(check_log(log.scratch / "other.log").bad);
}

TEST_CASE("an edited line is named, in any generation") {
  for (const int generation : {1, 2, 0}) {
    const Log log;
    const auto at =
        generation == 0 ? log.file : generation_file(log.file, static_cast<unsigned>(generation));
    log.change(at, [](auto& lines) { edit(lines.at(2)); });
    log.check_found(at, 3);
  }
}

TEST_CASE("an edited line whose hash was made again is found by the next one") {
  const Log log;
  const auto at = generation_file(log.file, 2);
  log.change(at, [](auto& lines) {
    const auto before = read_chained_line(lines.at(2));
    auto line = read_chained_line(lines.at(3));
    edit(line->object);
    lines[3] = chained_line(line->object, chain_hash(before->hash, line->object));
  });
  log.check_found(at, 5);
}

TEST_CASE("a removed line is found where it is missing") {
  const Log log;
  const auto at = generation_file(log.file, 1);
  log.change(at, [](auto& lines) { lines.erase(lines.begin() + 4); });
  log.check_found(at, 5);
}

TEST_CASE("two lines that changed places are found") {
  const Log log;
  const auto at = generation_file(log.file, 2);
  log.change(at, [](auto& lines) { std::swap(lines.at(2), lines.at(3)); });
  log.check_found(at, 3);
}

TEST_CASE("a line that was written twice, and one from elsewhere, are found") {
  const Log log, other;
  const auto at = generation_file(log.file, 2);
  log.change(at, [](auto& lines) { lines.insert(lines.begin() + 3, lines.at(2)); });
  log.check_found(at, 4);
  const auto from = other.lines(generation_file(other.file, 3)).at(1);
  const Log third;
  const auto there = generation_file(third.file, 2);
  third.change(there, [&](auto& lines) { lines.at(3) = from; });
  third.check_found(there, 4);
}

TEST_CASE("a line made unreadable is named itself") {
  const Log log;
  const auto at = generation_file(log.file, 2);
  log.change(at, [](auto& lines) { lines.at(2) = "nothing happened"; });
  log.check_found(at, 3);
}

TEST_CASE("a first line that is missing or of another generation is found") {
  const Log log;
  const auto at = generation_file(log.file, 2);
  log.change(at, [](auto& lines) { lines.erase(lines.begin()); });
  log.check_found(at, 1);
  const Log other;
  const auto second = generation_file(other.file, 2), third = generation_file(other.file, 3);
  const auto text = other.lines(second);
  other.write(second, other.lines(third));
  other.write(third, text);
  other.check_found(second, 1);
}

TEST_CASE("a missing generation is found: the oldest, one between and the last closed one") {
  for (const int which : {1, 2, 3}) {
    const Log log;
    const auto closed = generations_of(log.file);
    const auto at = which == 3 ? closed.rbegin()->second
                               : generation_file(log.file, static_cast<unsigned>(which));
    std::filesystem::remove(at);
    log.check_found(at, 0);
  }
}

TEST_CASE("a missing generation is still missed when others have begun") {
  const Log log;
  const auto at = generation_file(log.file, 2);
  std::filesystem::remove(at);
  {
    ChainedLog more(log.file, kBudget, kNow_ms);
    for (int i = 0; i < 100; ++i) {
      more.append({{"what", "more"}});
      more.flush(kNow_ms);
    }
  }
  log.check_found(at, 0);
}

TEST_CASE("a cut end is found, at a line's end and within, and after a restart too") {
  const Log log;
  log.change(log.file, [](auto& lines) { lines.pop_back(); });
  const auto left = log.lines(log.file).size();
  CHECK(check_log(log.file).bad->line == left);
  CHECK(check_log(log.file).why.find("were written") != std::string::npos);
  ChainedLog(log.file, kBudget, kNow_ms).append({{"what", "restarted"}});
  const auto found = check_log(log.file);
  REQUIRE(found.bad);
  CHECK(found.bad->line == left + 1);
  const Log other;
  resize_file(other.file, file_size(other.file) - 5);
  CHECK(check_log(other.file).bad->line == other.lines(other.file).size());
}

TEST_CASE("a log whose growing file is gone is found, and so is one that begins from the start") {
  const Log log;
  std::filesystem::remove(log.file);
  CHECK(check_log(log.file).bad->file == log.file);
  ChainedLog(log.file, kBudget, kNow_ms).append({{"what", "restarted"}});
  CHECK(check_log(log.file).bad);
  const Log other;
  for (const auto& [number, file] : generations_of(other.file)) std::filesystem::remove(file);
  std::filesystem::remove(other.file);
  ChainedLog(other.file, kBudget, kNow_ms).append({{"what", "restarted"}});
  CHECK(check_log(other.file).bad);
}

TEST_CASE("a head file that is missing, wrong or of another log is found, after a restart too") {
  const Log log;
  std::filesystem::remove(head_file(log.file));
  CHECK(check_log(log.file).bad->file == head_file(log.file));
  ChainedLog(log.file, kBudget, kNow_ms).append({{"what", "restarted"}});
  CHECK(check_log(log.file).bad);
  const Log other;
  auto head = *read_head(other.file);
  head.hash = std::string(64, 'a');
  std::ofstream(head_file(other.file)) << head_text(head);
  CHECK(check_log(other.file).bad);
}
