#include "flow/access/chained_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

#include "executor/error.h"
#include "executor/trusted_file.h"

namespace flow::access {
namespace {

namespace fs = std::filesystem;
using executor::Descriptor;
using Json = nlohmann::ordered_json;

constexpr std::size_t kEndBytes = 64 * 1024;  // in which the last whole line is looked for

std::string dumped(const Json& object) {
  return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// The object with its number before its other fields.
std::string numbered(std::uint64_t n, const std::string& object) {
  return "{\"n\":" + std::to_string(n) + ',' + object.substr(1);
}

Descriptor opened(const fs::path& file, int flags) {
  return Descriptor(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | flags, 0600));
}

std::string end_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary | std::ios::ate);
  const auto size = static_cast<std::size_t>(std::max<std::streamoff>(in.tellg(), 0));
  std::string text(std::min(size, kEndBytes), '\0');
  in.seekg(-static_cast<std::streamoff>(text.size()), std::ios::end);
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  return text;
}

// The last whole line of a log's file, and its object.
std::optional<std::pair<ChainedLine, Json>> last_line(const fs::path& file) {
  std::string text = end_of(file);
  while (!text.empty()) {
    const auto end = text.rfind('\n');
    if (end == text.npos) break;
    text.resize(end);
    const auto begin = text.rfind('\n') + 1;  // npos + 1 is 0
    if (auto line = read_chained_line(std::string_view(text).substr(begin))) {
      Json object = Json::parse(line->object, nullptr, false);
      if (object.is_object() && object.contains("n")) return std::pair{*line, object};
    }
  }
  return std::nullopt;
}

Json first_object(const fs::path& file) {
  std::ifstream in(file);
  std::string text;
  std::getline(in, text);
  const auto line = read_chained_line(text);
  return line ? Json::parse(line->object, nullptr, false) : Json();
}

std::int64_t modified_ms(const fs::path& file) {
  struct stat info {};
  if (::stat(file.c_str(), &info) != 0) return 0;
  return info.st_mtim.tv_sec * 1'000 + info.st_mtim.tv_nsec / 1'000'000;
}

std::int64_t ms(std::chrono::hours time) {
  return std::chrono::milliseconds(time).count();
}

}  // namespace

ChainedLog::ChainedLog(fs::path file, Budget budget, std::int64_t now_ms, Tell tell)
    : file_(std::move(file)), budget_(budget), tell_(std::move(tell)), now_ms_(now_ms) {
  executor::make_private_folder(file_.parent_path());
  const auto head = read_head(file_);
  take_up();
  // What the head knows and the file has not is missing, and so is a head without which nobody
  // knows: the numbers show it.
  if (head && head->n > end_.n) end_.n = head->n;
  if (!head && end_.n > 0) ++end_.n;
  head_descriptor_ = opened(head_file(file_), 0);
  if (head_descriptor_) write_head();
  if (!head_descriptor_ || (!descriptor_ && !begin(generation_ + 1, now_ms))) refuse();
}

// The file that grows, or, where a kill came between two, the last closed generation.
void ChainedLog::take_up() {
  if (fs::exists(file_)) {
    if (take_up(file_)) return open();
    fs::rename(file_, file_.string() + ".unchained");
  }
  const auto closed = generations_of(file_);
  if (!closed.empty() && take_up(closed.rbegin()->second)) generation_ = closed.rbegin()->first;
}

bool ChainedLog::take_up(const fs::path& file) {
  const Json first = first_object(file);
  const auto last = last_line(file);
  if (!last || !first.is_object() || !first.contains("generation")) return false;
  generation_ = first.value("generation", std::uint64_t{0});
  oldest_ = first.value("oldest", std::uint64_t{1});
  began_ms_ = first.value("at_ms", std::int64_t{0});
  end_ = {last->second.value("n", std::uint64_t{0}), last->first.hash};
  return generation_ > 0;
}

void ChainedLog::open() {
  descriptor_ = opened(file_, O_APPEND);
  if (!descriptor_) refuse();
  char last = '\n';
  const auto end = ::lseek(descriptor_.get(), 0, SEEK_END);
  is_half_ = end > 0 && ::pread(descriptor_.get(), &last, 1, end - 1) == 1 && last != '\n';
}

void ChainedLog::refuse() const {
  throw executor::Error("bad_config",
                        "cannot write the audit " + file_.string() + ": " + std::strerror(errno),
                        "the folder has to be yours");
}

void ChainedLog::append(const Json& object) {
  waiting_.push_back(dumped(object));
  if (waiting_.size() >= kBufferLines) hand_over();
}

void ChainedLog::hand_over() {
  if (waiting_.empty()) return;
  const bool tells = left_out_ > 0;
  if (tells) {
    waiting_.insert(waiting_.begin(), dumped({{"at_ms", now_ms_},
                                              {"what", "lines left out for want of room"},
                                              {"times", left_out_}}));
  }
  std::string text = is_half_ ? "\n" : "";
  std::vector<std::pair<std::size_t, ChainEnd>> lines;  // where each ends
  ChainEnd end = end_;
  for (const auto& object : waiting_) {
    const std::string whole = numbered(++end.n, object);
    end.hash = chain_hash(end.hash, whole);
    text += chained_line(whole, end.hash) + '\n';
    lines.emplace_back(text.size(), end);
  }
  waiting_.clear();
  const std::size_t whole = write(text, lines);
  if (whole > 0) left_out_ = 0;
  left_out_ += lines.size() - whole - (tells && whole == 0 ? 1 : 0);
}

// How many of the lines are written whole.
std::size_t ChainedLog::write(const std::string& text,
                              const std::vector<std::pair<std::size_t, ChainEnd>>& lines) {
  const auto written = ::write(descriptor_.get(), text.data(), text.size());
  if (written <= 0) return 0;
  const auto size = static_cast<std::size_t>(written);
  is_half_ = text[size - 1] != '\n';
  std::size_t begin = text.front() == '\n' ? 1 : 0, whole = 0;
  for (const auto& [end, at] : lines) {
    if (end > size) break;
    end_ = at;
    if (tell_) tell_(text.substr(begin, end - begin - 1));
    begin = end;
    ++whole;
  }
  write_head();
  return whole;
}

// After the lines: what a kill leaves is a head that is behind them, never before.
void ChainedLog::write_head() {
  const std::string text = head_text(end_);
  [[maybe_unused]] const auto put = ::pwrite(head_descriptor_.get(), text.data(), text.size(), 0);
}

void ChainedLog::flush(std::int64_t now_ms) {
  now_ms_ = now_ms;
  hand_over();
  const auto size = ::lseek(descriptor_.get(), 0, SEEK_END);
  const bool is_large = size > 0 && static_cast<std::uintmax_t>(size) > budget_.bytes;
  if (is_large || now_ms - began_ms_ > ms(budget_.lasts)) rotate(now_ms);
}

// Makes the first line of a generation, and then its file the one that grows: on a full disk the
// former one goes on.
bool ChainedLog::begin(std::uint64_t generation, std::int64_t now_ms) {
  const std::uint64_t oldest = oldest_to_keep(generation - 1, now_ms);
  const std::string object = dumped({{"n", end_.n + 1},
                                     {"at_ms", now_ms},
                                     {"generation", generation},
                                     {"oldest", oldest},
                                     {"previous", end_.hash}});
  const ChainEnd first{end_.n + 1, chain_hash(end_.hash, object)};
  const std::string line = chained_line(object, first.hash);
  const fs::path beside = file_.string() + ".new";
  Descriptor next = opened(beside, O_APPEND | O_TRUNC);
  const auto size = static_cast<ssize_t>(line.size() + 1);
  std::error_code error;
  if (!next || ::write(next.get(), (line + '\n').data(), line.size() + 1) != size) {
    fs::remove(beside, error);
    return false;
  }
  if (descriptor_) close_generation(generation - 1);
  fs::rename(beside, file_, error);
  if (error) return false;
  descriptor_ = std::move(next);
  generation_ = generation;
  oldest_ = oldest;
  began_ms_ = now_ms;
  end_ = first;
  is_half_ = false;
  write_head();
  if (tell_) tell_(line);
  for (const auto& [number, closed] : generations_of(file_)) {
    if (number < oldest) fs::remove(closed, error);
  }
  return true;
}

// It gets a second name, and loses the first one when the next generation takes that: a kill in
// between leaves one file with both. Where there are no such links it is renamed.
void ChainedLog::close_generation(std::uint64_t generation) {
  const fs::path closed = generation_file(file_, generation);
  std::error_code error;
  fs::remove(closed, error);
  fs::create_hard_link(file_, closed, error);
  if (error) fs::rename(file_, closed, error);
}

void ChainedLog::rotate(std::int64_t now_ms) {
  if (!begin(generation_ + 1, now_ms)) began_ms_ = now_ms;  // tried again when it is full, or later
}

// `closing` is the generation that is about to be closed. One that somebody removed counts like the
// others, so that it is missed until its time is over.
std::uint64_t ChainedLog::oldest_to_keep(std::uint64_t closing, std::int64_t now_ms) const {
  const auto closed = generations_of(file_);
  std::uint64_t oldest = closing + 1;
  for (std::size_t kept = 0; kept < budget_.generations && oldest > oldest_; ++kept) {
    const auto before = closed.find(oldest - 1);
    const bool is_there = before != closed.end();
    if (is_there && now_ms - modified_ms(before->second) > ms(budget_.kept)) break;
    --oldest;
  }
  return oldest;
}

}  // namespace flow::access
