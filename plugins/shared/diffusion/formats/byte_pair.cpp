#include "diffusion/formats/byte_pair.h"

#include <functional>
#include <queue>
#include <tuple>

#include "diffusion/formats/diffusion_error.h"

namespace diffusion {
namespace {

constexpr const char* kWordEnd = "</w>";

bool prints(int byte) {
  return (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) ||
         (byte >= 0xAE && byte <= 0xFF);
}

// GPT-2 writes the bytes that print as themselves, and the others as U+0100 onward in their order.
std::array<std::string, 256> byte_names() {
  std::array<std::string, 256> names;
  int shifted = 0x100;
  for (int byte = 0; byte < 256; ++byte) {
    const int code = prints(byte) ? byte : shifted++;
    if (code < 0x80) {
      names[byte] = std::string(1, static_cast<char>(code));
    } else {
      names[byte] = {static_cast<char>(0xC0 | (code >> 6)), static_cast<char>(0x80 | (code & 63))};
    }
  }
  return names;
}

std::uint64_t key_of(std::int32_t left, std::int32_t right) {
  return static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32 |
         static_cast<std::uint32_t>(right);
}

}  // namespace

std::vector<std::string> printable_byte_names() {
  const auto names = byte_names();
  std::vector<std::string> result;
  for (const bool first : {true, false}) {
    for (int byte = 0; byte < 256; ++byte) {
      if (prints(byte) == first) result.push_back(names[byte]);
    }
  }
  return result;
}

BytePair::BytePair(const Vocabulary& vocabulary, const Merges& merges, std::int32_t unknown) {
  const auto names = byte_names();
  const auto id_or_unknown = [&](const std::string& symbol) {
    const auto at = vocabulary.find(symbol);
    return at == vocabulary.end() ? unknown : at->second;
  };
  for (std::size_t byte = 0; byte < names.size(); ++byte) {
    inner_[byte] = id_or_unknown(names[byte]);
    last_[byte] = id_or_unknown(names[byte] + kWordEnd);
  }
  const auto id_of = [&](const std::string& symbol) {
    const auto at = vocabulary.find(symbol);
    if (at != vocabulary.end()) return at->second;
    throw Error("the merges use \"" + symbol + "\", which is not in the vocabulary");
  };
  std::int32_t rank = 0;
  for (const auto& [left, right] : merges) {
    merges_.insert_or_assign(key_of(id_of(left), id_of(right)), Merge{rank++, id_of(left + right)});
  }
}

const BytePair::Merge* BytePair::merge_of(std::int32_t left, std::int32_t right) const {
  const auto at = merges_.find(key_of(left, right));
  return at == merges_.end() ? nullptr : &at->second;
}

// The lowest rank first, the leftmost of equal ranks. Entries of the queue whose symbols have
// changed since are recognised by their ids and passed over.
void BytePair::merge(std::vector<std::int32_t>& symbols) const {
  constexpr std::int32_t kGone = -1;
  const int count = static_cast<int>(symbols.size());
  std::vector<int> previous(count), next(count);
  for (int i = 0; i < count; ++i) previous[i] = i - 1, next[i] = i + 1;
  using Candidate = std::tuple<std::int32_t, int, std::int32_t, std::int32_t>;
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> queue;
  const auto consider = [&](int left) {
    if (left < 0 || next[left] >= count) return;
    const auto pair = std::pair(symbols[left], symbols[next[left]]);
    if (const auto* found = merge_of(pair.first, pair.second)) {
      queue.emplace(found->rank, left, pair.first, pair.second);
    }
  };
  for (int i = 0; i + 1 < count; ++i) consider(i);
  while (!queue.empty()) {
    const auto [rank, left, left_id, right_id] = queue.top();
    queue.pop();
    const int right = next[left];
    if (symbols[left] != left_id || right >= count || symbols[right] != right_id) continue;
    symbols[left] = merge_of(left_id, right_id)->id;
    symbols[right] = kGone;
    next[left] = next[right];
    if (next[left] < count) previous[next[left]] = left;
    consider(previous[left]);
    consider(left);
  }
  std::erase(symbols, kGone);
}

void BytePair::append(std::string_view word, std::vector<std::int32_t>& ids) const {
  if (word.empty()) return;
  std::vector<std::int32_t> symbols;
  symbols.reserve(word.size());
  for (const char byte : word) symbols.push_back(inner_[static_cast<unsigned char>(byte)]);
  symbols.back() = last_[static_cast<unsigned char>(word.back())];
  merge(symbols);
  ids.insert(ids.end(), symbols.begin(), symbols.end());
}

}  // namespace diffusion
