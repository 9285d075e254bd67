#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "executor/database.h"
#include "schemas/models.h"

namespace registry {

/// Good versions of a metamodel whose folders are kept: the current one and the one before it.
inline constexpr std::size_t kKeptVersions = 2;

/// The published versions. A line (see line_of()) is the history of one metamodel, its newest
/// version the current one. Every change is one transaction.
class VersionTable {
 public:
  explicit VersionTable(executor::Database& database) : database_(database) {}

  /// The version that draws and is trained on from; nothing before the first one.
  std::optional<std::string> current(const std::string& line);
  /// Oldest first; `model` is left empty, `kept` says whether there is a folder.
  struct Entry {
    schemas::ModelVersion version;
    bool kept = false;
  };
  std::vector<Entry> of_line(const std::string& line);
  /// Whether a version's folder is to be there.
  bool is_kept(const std::string& version);

  /// The words of all things that a line's versions have seen, those that were removed too.
  std::set<std::string> words_seen_by(const std::string& line);

  /// Whether a thing that it learned is still there.
  bool is_learned(const std::string& version);

  /// Marks all but the newest kKeptVersions of a line as no longer kept; returns those it marked.
  std::vector<std::string> retire(const std::string& line);
  /// Drops the current version, and the identifier that it learned; returns it. Throws
  /// Error(not_found) when there is none, Error(unavailable) when the one before it is kept no
  /// longer.
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
