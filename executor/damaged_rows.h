#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "executor/database.h"

namespace executor {

/// Rows of a database that cannot be what was written: a disk, or somebody, has changed them. One
/// of them must not keep the others from being served, and none is thrown away: it is moved to a
/// table beside its own, without that table's rules, where people find it.

/// What a column of a sound row holds. Texts are UTF-8.
struct Column {
  const char* name;
  Stored stored;
  std::size_t most_bytes = 1024 * 1024;
  bool may_be_null = false;
};

struct DamagedRow {
  std::string table;
  std::int64_t row;  ///< SQLite's rowid
  std::string why;   ///< begins with what its first column says
};

/// The rows of a table that are damaged. `check` gets each row whose columns hold what they should,
/// in their order, and throws any std::exception whose text says what is wrong.
std::vector<DamagedRow> damaged_rows(Database& database, const std::string& table,
                                     std::span<const Column> columns,
                                     const std::function<void(const Statement&)>& check);

/// Moves those rows of one table to the table damaged_TABLE, with `why` as one column more. What
/// other tables say of them stays. All of it or nothing. Call outside a transaction. Throws Error.
void set_aside(Database& database, const std::string& table, std::span<const Column> columns,
               const std::vector<DamagedRow>& rows);

/// Of all rows that were ever set aside, and not removed by hand: "TABLE: why".
std::vector<std::string> rows_set_aside(Database& database);

/// One line for the log, which names the file and the first row; "" for none.
std::string note_of(const std::filesystem::path& file, const std::vector<DamagedRow>& rows);

}  // namespace executor
