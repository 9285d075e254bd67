#pragma once

#include <filesystem>

#include "executor/database.h"

namespace registry {

/// home/registry.db: the tables of identifiers, versions and words, made or brought to the present
/// format, without the rows that are damaged (row_checks.h). Outlives the process. Used by one
/// thread.
class Tables {
 public:
  /// Throws Error(bad_config) when a newer souvenir has written the file.
  explicit Tables(const std::filesystem::path& file);

  executor::Database& database() { return database_; }
  /// Whether the file was made by this constructor.
  bool is_new() const { return is_new_; }
  /// Whether rows were set aside, now or earlier: what they stand for is not known.
  bool has_damaged() const { return has_damaged_; }

 private:
  void make(const std::filesystem::path& file);

  executor::Database database_;
  bool is_new_ = false;
  bool has_damaged_ = false;
};

}  // namespace registry
