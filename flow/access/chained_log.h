#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "executor/descriptor.h"
#include "flow/access/chain.h"

namespace flow::access {

/// Writes a log in the form of chain.h: one JSON object per line, files of mode 0600. Lines are
/// written whole, so a reader never finds half a line but at the end, even after this process was
/// killed; the next start ends such a line and goes on with the chain. On a full disk lines are
/// left out, and the next one that has room says how many. Used by one thread.
class ChainedLog {
 public:
  /// What is kept. Beyond `bytes`, or after `lasts`, a new generation begins; then closed ones go
  /// that are older than `kept`, and the oldest beyond `generations`.
  struct Budget {
    std::uintmax_t bytes;
    std::size_t generations;
    std::chrono::hours lasts, kept;
  };
  /// Gets each line that was written.
  using Tell = std::function<void(const std::string& line)>;

  /// Goes on with the log that is there. One of an older souvenir, without a chain, is renamed
  /// NAME.unchained. Lines that its head file knows and that are gone leave a gap in the numbers,
  /// which the check finds. Throws executor::Error(bad_config) when the file cannot be written.
  ChainedLog(std::filesystem::path file, Budget budget, std::int64_t now_ms, Tell tell = {});
  ~ChainedLog() { hand_over(); }
  ChainedLog(const ChainedLog&) = delete;
  ChainedLog& operator=(const ChainedLog&) = delete;

  /// `object` gets a field `n` before its own.
  void append(const nlohmann::ordered_json& object);
  /// Writes the buffered lines to the file. Call a few times per second.
  void flush(std::int64_t now_ms);

  static constexpr std::size_t kBufferLines = 256;  ///< more are written at once

 private:
  void take_up();
  bool take_up(const std::filesystem::path& file);
  void open();
  [[noreturn]] void refuse() const;
  bool begin(std::uint64_t generation, std::int64_t now_ms);
  void close_generation(std::uint64_t generation);
  void rotate(std::int64_t now_ms);
  std::uint64_t oldest_to_keep(std::uint64_t closing, std::int64_t now_ms) const;
  void hand_over();
  std::size_t write(const std::string& text,
                    const std::vector<std::pair<std::size_t, ChainEnd>>& lines);
  void write_head();

  std::filesystem::path file_;
  Budget budget_;
  Tell tell_;
  std::int64_t now_ms_;  // at the last flush
  executor::Descriptor descriptor_, head_descriptor_;
  std::uint64_t generation_ = 0;
  std::uint64_t oldest_ = 1;          // generation that is kept
  std::int64_t began_ms_ = 0;         // this generation
  ChainEnd end_;                      // of what is written
  std::vector<std::string> waiting_;  // objects, without number and hash
  std::size_t left_out_ = 0;          // lines for which there was no room
  bool is_half_ = false;              // the file ends in the middle of a line
};

}  // namespace flow::access
