#include "flow/access/audit_check.h"

#include <chrono>
#include <deque>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "flow/access/chain.h"

namespace flow::access {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kLooks = 50;  // for a file that is being renamed, where there are no hard links
constexpr std::chrono::milliseconds kBetweenLooks{10};

std::uint64_t number_in(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

std::ifstream open_growing(const fs::path& log) {
  std::ifstream in(log);
  for (int look = 1; !in && look < kLooks && fs::exists(head_file(log)); ++look) {
    std::this_thread::sleep_for(kBetweenLooks);
    in.open(log);
  }
  return in;
}

// Goes along the chain, from file to file.
class Walk {
 public:
  Walk(LogCheck& found, const std::optional<ChainEnd>& head) : found_(found), head_(head) {}

  void read(std::istream& in, const fs::path& file, std::uint64_t generation) {
    ++found_.files;
    place_ = {file, 0};
    begins_ = generation;
    for (std::string line; !found_.bad && std::getline(in, line);) {
      ++place_.line;
      take(line);
    }
    if (begins_ != 0 && !found_.bad) fail({file, 1}, "the first line is missing");
  }
  // The end that the head file knows has been passed.
  void end(const fs::path& log) {
    if (found_.bad) return;
    if (!head_) return fail({head_file(log), 0}, "the file is missing or unreadable");
    if (head_->n <= end_.n) return finish();
    fail(torn_ ? *torn_ : place_, "the log ends at entry " + std::to_string(end_.n) + ", but " +
                                      std::to_string(head_->n) + " were written");
  }
  void fail(const LogPlace& place, const std::string& why) {
    if (found_.bad) return;
    found_.bad = place;
    found_.why = why;
  }

 private:
  void take(const std::string& line) {
    const auto chained = read_chained_line(line);
    if (!chained) {
      if (!torn_) torn_ = place_;
      return;
    }
    const json object = json::parse(chained->object, nullptr, false);
    if (!object.is_object()) return fail(place_, "it is no JSON object");
    if (begins_ != 0 && !begin(object)) return;
    check(*chained, number_in(object, "n"));
  }

  // The first line of a file. Of the first file it says itself what was before.
  bool begin(const json& object) {
    const auto previous = object.find("previous");
    if (number_in(object, "generation") != begins_ || previous == object.end()) {
      fail(place_, "the first line of generation " + std::to_string(begins_) + " is missing");
      return false;
    }
    if (begins_ == 1 && number_in(object, "n") != 1) {
      fail(place_, "the first generation begins with entry " +
                       std::to_string(number_in(object, "n")) + ": what was before is missing");
      return false;
    }
    begins_ = 0;
    if (end_.n == 0 && previous->is_string()) {
      end_ = {number_in(object, "n") - 1, previous->get<std::string>()};
      first_ = end_.n;
    }
    return true;
  }

  void check(const ChainedLine& line, std::uint64_t n) {
    if (n != end_.n + 1) {
      return fail(torn_ ? *torn_ : place_,
                  "entry " + std::to_string(n) + " follows entry " + std::to_string(end_.n) +
                      ": what stood between is missing, or a line was moved");
    }
    if (chain_hash(end_.hash, line.object) != line.hash) {
      return fail(torn_ ? *torn_ : place_, "the line was changed");
    }
    end_ = {n, line.hash};
    ++found_.lines;
    if (torn_) found_.unfinished.push_back(*torn_);
    torn_.reset();
    if (head_ && head_->n == n && head_->hash != line.hash) {
      fail(place_, "the log was written again: its head file has another hash for this entry");
    }
  }

  void finish() {
    if (torn_) found_.unfinished.push_back(*torn_);
    if (head_->n != 0 && head_->n <= first_) {
      fail(place_, "the head file is older than the log");
    }
  }

  LogCheck& found_;
  const std::optional<ChainEnd>& head_;
  LogPlace place_;
  ChainEnd end_;
  std::uint64_t first_ = 0;
  std::uint64_t begins_ = 0;      // the generation whose first line comes next
  std::optional<LogPlace> torn_;  // lines without a hash, since the last one with
};

// The first line of the file that grows: which generation it is, and which is the oldest kept.
std::pair<std::uint64_t, std::uint64_t> generations_in(std::istream& in) {
  std::string text;
  std::getline(in, text);
  in.clear();
  in.seekg(0);
  const auto line = read_chained_line(text);
  const json object = line ? json::parse(line->object, nullptr, false) : json();
  if (!object.is_object()) return {};
  return {number_in(object, "generation"), number_in(object, "oldest")};
}

}  // namespace

// The head first and the file that grows before the closed ones: a server that goes on meanwhile is
// only ahead of what was read.
LogCheck check_log(const fs::path& log) {
  LogCheck found;
  const auto head = read_head(log);
  std::ifstream growing = open_growing(log);
  Walk walk(found, head);
  if (!growing) {
    const bool never_begun = !fs::exists(head_file(log)) && generations_of(log).empty();
    if (!never_begun) walk.fail({log, 0}, "the file is missing");
    return found;
  }
  const auto [generation, oldest] = generations_in(growing);
  if (generation == 0 || oldest == 0) {
    walk.fail({log, 1}, "the first line is none of a log");
    return found;
  }
  for (auto closed = oldest; closed < generation && !found.bad; ++closed) {
    const auto file = generation_file(log, closed);
    std::ifstream in(file);
    if (!in) walk.fail({file, 0}, "the file is missing");
    if (in) walk.read(in, file, closed);
  }
  if (!found.bad) walk.read(growing, log, generation);
  walk.end(log);
  return found;
}

std::vector<std::string> last_lines_of(const fs::path& log, std::size_t most) {
  std::ifstream growing = open_growing(log);
  const std::uint64_t growing_one = generations_in(growing).first;
  std::vector<fs::path> closed;
  for (const auto& [number, file] : generations_of(log)) {
    if (number != growing_one) closed.push_back(file);  // which a kill may have left two names
  }
  std::deque<std::string> lines;
  const auto read = [&](std::istream& in) {
    for (std::string line; std::getline(in, line);) {
      if (!read_chained_line(line)) continue;
      lines.push_back(std::move(line));
      if (lines.size() > most) lines.pop_front();
    }
  };
  for (const auto& file : closed) {
    std::ifstream in(file);
    read(in);
  }
  read(growing);
  return {lines.begin(), lines.end()};
}

}  // namespace flow::access
