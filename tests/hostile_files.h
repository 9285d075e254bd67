#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "executor/sandbox/sanitized.h"

namespace tests {

/// What a reader asks of a file's text.
enum class Asks {
  nothing,  ///< takes any text of a bearable size, as lists of words and pictures
  sense,    ///< refuses what is not in its format, but an empty file is
  json,     ///< refuses what is not in its format, and an empty file
};

/// Something that reads a file which others may have written. `arrange` makes a sound surrounding
/// and returns the path of the file, which is replaced by each hostile one; `read` reads it.
struct Reader {
  std::string name;
  Asks asks = Asks::json;
  std::function<std::filesystem::path(const std::filesystem::path& folder)> arrange;
  std::function<void(const std::filesystem::path& folder)> read;
};

/// Lets each reader read, in a process of its own, devices, FIFOs, folders, links to those and to
/// foreign texts, what it may not read, 10 GB of nothing, and JSON that is deep, wide, or a huge
/// number or text. Checks that each ends within kMostExtra_MiB of memory and kMostTime_s of the
/// processor, and that what cannot be meant is refused by a text that names the file. Prints the
/// dearest cell of each reader.
void check_hostile_files(const std::vector<Reader>& readers);

/// As executor/files/json_text.h promises; a sanitizer has a shadow, and keeps what is freed.
inline constexpr double kMostExtra_MiB = sandbox::kSanitized ? 640 : 64;
inline constexpr double kMostTime_s = sandbox::kSanitized ? 20 : 2;

}  // namespace tests
