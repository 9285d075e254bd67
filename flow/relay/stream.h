#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace flow::relay {

/// One direction of a connection: what was read from one descriptor and is to be written to the
/// other. Three parts, in this order: passed (to be written), not passed yet, and free. Used by one
/// thread.
class Stream {
 public:
  /// How reading or writing went: there was as much as fits and may be more, it went, it has to
  /// wait, the end has come, or it is broken.
  enum class Flow { full, on, wait, end, broken };

  /// Reads once, so that at most `most` bytes are here.
  Flow read(int descriptor, std::size_t most);
  /// Writes what is passed.
  Flow write(int descriptor);

  /// What is not passed yet.
  std::string_view rest() const { return {bytes_.data() + passed_, end_ - passed_}; }
  void pass(std::size_t count) { passed_ += count; }
  /// Takes away what is not passed yet, from its beginning.
  void swallow(std::size_t count);
  /// Puts bytes of our own in front of what is not passed yet, as passed.
  void put(std::string_view bytes);

  bool to_write() const { return written_ < passed_; }
  bool is_empty() const { return written_ == end_; }
  std::size_t held() const { return bytes_.capacity(); }
  /// Gives the memory back when nothing is in it.
  void rest_when_empty();

 private:
  void compact();

  std::vector<char> bytes_;
  std::size_t written_ = 0;
  std::size_t passed_ = 0;
  std::size_t end_ = 0;
};

}  // namespace flow::relay
