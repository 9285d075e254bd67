#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace store {

/// What the trainer notes beside the replay memory of a thing (replay_file.h), as retention.json:
/// losses on what is kept, on flipped pictures (trainer/retention_check.h), with the same noise and
/// timesteps each time. Published with the version that learned the thing, and not changed any
/// more.
struct RetentionNote {
  std::optional<double> before;           ///< of the thing, by the version that it was learned from
  std::optional<double> just;             ///< by the version that learned it
  std::map<std::string, double> earlier;  ///< by that version: of the things learned before it,
                                          ///< each under the version that learned it
};

/// Throws files::Error when the disk refuses.
void write_retention_note(const std::filesystem::path& folder, const RetentionNote& note);

/// A note that is not there, or not whole, says nothing.
RetentionNote read_retention_note(const std::filesystem::path& folder);

}  // namespace store
