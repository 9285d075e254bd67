#pragma once

#include <filesystem>

#include "executor/database.h"

namespace registry {

/// home/registry.db: the tables of identifiers, versions and words, made or brought to the present
/// format. Outlives the process. Used by one thread.
class Tables {
 public:
  /// Throws Error(bad_config) when a newer souvenir has written the file.
  explicit Tables(const std::filesystem::path& file);

  executor::Database& database() { return database_; }
  /// Whether the file was made by this constructor.
  bool is_new() const { return is_new_; }

 private:
  executor::Database database_;
  bool is_new_ = false;
};

}  // namespace registry
