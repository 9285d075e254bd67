#include "flow/access/chain.h"

#include <charconv>
#include <cstdio>
#include <fstream>

#include "executor/files/sha256.h"

namespace flow::access {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kBeforeHash = ",\"hash\":\"", kAfterHash = "\"}";
constexpr std::size_t kDigits = 64;
constexpr std::size_t kNumberDigits = 6;  // of a generation, at least

bool is_hash(std::string_view text) {
  return text.size() == kDigits && text.find_first_not_of("0123456789abcdef") == text.npos;
}

}  // namespace

std::string chain_hash(const std::string& previous, const std::string& object) {
  return files::sha256_of(previous + object);
}

std::string chained_line(const std::string& object, const std::string& hash) {
  std::string line = object.substr(0, object.size() - 1);
  line += kBeforeHash;
  line += hash;
  line += kAfterHash;
  return line;
}

std::optional<ChainedLine> read_chained_line(std::string_view line) {
  const std::size_t tail = kBeforeHash.size() + kDigits + kAfterHash.size();
  if (line.size() <= tail || line.front() != '{' || !line.ends_with(kAfterHash)) return {};
  const std::size_t at = line.size() - tail;
  const auto hash = line.substr(at + kBeforeHash.size(), kDigits);
  if (line.substr(at, kBeforeHash.size()) != kBeforeHash || !is_hash(hash)) return {};
  return ChainedLine{std::string(line.substr(0, at)) + '}', std::string(hash)};
}

fs::path generation_file(const fs::path& log, std::uint64_t number) {
  std::string digits = std::to_string(number);
  if (digits.size() < kNumberDigits) digits.insert(0, kNumberDigits - digits.size(), '0');
  return log.string() + '.' + digits;
}

std::map<std::uint64_t, fs::path> generations_of(const fs::path& log) {
  std::map<std::uint64_t, fs::path> found;
  const std::string prefix = log.filename().string() + '.';
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(log.parent_path(), error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(prefix)) continue;
    std::uint64_t number = 0;
    const char* end = name.data() + name.size();
    const auto read = std::from_chars(name.data() + prefix.size(), end, number);
    if (read.ec != std::errc() || read.ptr != end) continue;
    if (generation_file(log, number) == entry.path()) found[number] = entry.path();
  }
  return found;
}

fs::path head_file(const fs::path& log) {
  return log.string() + ".head";
}

std::optional<ChainEnd> read_head(const fs::path& log) {
  std::ifstream in(head_file(log));
  ChainEnd end;
  if (!(in >> end.n >> end.hash) || !is_hash(end.hash)) return std::nullopt;
  return end;
}

std::string head_text(const ChainEnd& end) {
  char number[24];
  std::snprintf(number, sizeof number, "%020llu ", static_cast<unsigned long long>(end.n));
  return number + end.hash + '\n';
}

}  // namespace flow::access
