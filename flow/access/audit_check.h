#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace flow::access {

/// A line of a log's files; line 0 is the file itself.
struct LogPlace {
  std::filesystem::path file;
  std::size_t line = 0;
};

/// What the check of one log found. A value.
struct LogCheck {
  std::uint64_t lines = 0;           ///< that hang together, from the oldest one kept
  std::size_t files = 0;             ///< that were read
  std::vector<LogPlace> unfinished;  ///< lines that a kill or a full disk cut short; no fault
  std::optional<LogPlace> bad;       ///< the first line that does not belong; nothing: all is well
  std::string why;                   ///< it does not
};

/// Reads a log in the form of chain.h, with all its generations, and finds the first line that was
/// changed, removed or moved, a generation that is missing, and an end that was cut. May run while
/// a server writes. A log that was never begun has no fault.
LogCheck check_log(const std::filesystem::path& log);

/// The last lines of a log, oldest first, each with its hash. Does not check them.
std::vector<std::string> last_lines_of(const std::filesystem::path& log, std::size_t most);

}  // namespace flow::access
