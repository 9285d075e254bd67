#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace diffusion {

using Vocabulary = std::unordered_map<std::string, std::int32_t>;
using Merges = std::vector<std::pair<std::string, std::string>>;

/// The printable characters that stand for the 256 bytes, in the order of GPT-2's
/// `bytes_to_unicode`: first the bytes that print as themselves, then the others.
std::vector<std::string> printable_byte_names();

/// Byte-level byte-pair encoding (Sennrich et al., arXiv 1508.07909). Bytes are written as
/// printable characters as in GPT-2's `bytes_to_unicode`; the last symbol carries `</w>` as in
/// CLIP. Immutable.
class BytePair {
 public:
  /// `unknown` is the id of a byte that is not in the vocabulary. Throws Error when a merge names a
  /// symbol that `vocabulary` does not have.
  BytePair(const Vocabulary& vocabulary, const Merges& merges, std::int32_t unknown);

  /// Appends the ids of one word. Takes n log n time in its bytes.
  void append(std::string_view word, std::vector<std::int32_t>& ids) const;

 private:
  struct Merge {
    std::int32_t rank;
    std::int32_t id;
  };
  const Merge* merge_of(std::int32_t left, std::int32_t right) const;
  void merge(std::vector<std::int32_t>& symbols) const;

  std::array<std::int32_t, 256> inner_{};  // id of a byte within a word
  std::array<std::int32_t, 256> last_{};   // id of a byte that ends a word
  std::unordered_map<std::uint64_t, Merge> merges_;
};

}  // namespace diffusion
