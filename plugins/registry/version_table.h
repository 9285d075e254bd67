#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "executor/database.h"
#include "schemas/models.h"

namespace registry {

/// Sound versions of a metamodel whose folders are kept: the current one and the one before it.
inline constexpr std::size_t kKeptVersions = 2;

/// Of a version's files, as far as anybody has looked.
enum class Condition { sound, damaged };

/// The published versions. A line (see line_of()) is the history of one metamodel, its newest
/// version that is sound the current one. Every change is one transaction.
class VersionTable {
 public:
  explicit VersionTable(executor::Database& database) : database_(database) {}

  /// The version that draws and is trained on from: the newest one that is kept and sound; nothing
  /// before the first one.
  std::optional<std::string> current(const std::string& line);
  /// Damaged ones that no sound one has followed yet: nobody can draw what they have learned.
  std::set<std::string> lost(const std::string& line);
  /// All damaged ones whose folders are kept.
  std::vector<std::string> damaged();
  void mark(const std::string& version, Condition condition);
  /// Oldest first; `model` is left empty, `kept` says whether there is a folder.
  struct Entry {
    schemas::ModelVersion version;
    bool kept = false;
  };
  std::vector<Entry> of_line(const std::string& line);
  /// Whether a version's folder is to be there.
  bool is_kept(const std::string& version);

  /// The words of all things that a line's versions have seen since it was retrained, those that
  /// were removed too.
  std::set<std::string> words_seen_by(const std::string& line);

  /// Whether a thing that it learned is still there.
  bool is_learned(const std::string& version);

  /// Marks all but the newest kKeptVersions sound ones of a line as no longer kept; returns all
  /// that are not.
  std::vector<std::string> retire(const std::string& line);
  /// Drops the newest version, and the identifier that it learned; returns it. Throws
  /// Error(not_found) when there is none, Error(unavailable) when it is sound and the one before it
  /// is kept no longer or damaged.
  std::string roll_back(const std::string& line);
  /// Drops all versions of a line with their identifiers, and returns them.
  std::vector<std::string> drop_line(const std::string& line);
  /// Drops a version and its identifier.
  void drop(const std::string& version);

 private:
  void remove(const std::string& version);

  executor::Database& database_;
};

}  // namespace registry
