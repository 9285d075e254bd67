#include "executor/damaged_rows.h"

#include <algorithm>
#include <optional>

#include "executor/error.h"
#include "schemas/utf8.h"

namespace executor {
namespace {

constexpr std::size_t kShownBytes = 64;

std::string list_of(std::span<const Column> columns) {
  std::string list;
  for (const auto& column : columns) list += std::string(list.empty() ? "" : ", ") + column.name;
  return list;
}

const char* name_of(Stored stored) {
  switch (stored) {
    case Stored::null: return "nothing";
    case Stored::number: return "a number";
    case Stored::real: return "a number with a point";
    case Stored::text: return "a text";
    default: return "bytes";
  }
}

// `at` counts from the row's own number, which stands first.
std::string fault_of(const Statement& row, int at, const Column& column) {
  const auto found = row.stored(at);
  if (found == Stored::null && column.may_be_null) return "";
  const std::string name = column.name;
  if (found != column.stored) {
    return name + " holds " + name_of(found) + ", not " + name_of(column.stored);
  }
  if (row.size(at) > column.most_bytes) return name + " is too long";
  if (found == Stored::text && !schemas::is_utf8(row.text(at))) return name + " is not UTF-8";
  return "";
}

std::optional<std::string> fault_of(const Statement& row, std::span<const Column> columns,
                                    const std::function<void(const Statement&)>& check) {
  int at = 0;
  for (const auto& column : columns) {
    if (const auto fault = fault_of(row, ++at, column); !fault.empty()) return fault;
  }
  try {
    check(row);
    return std::nullopt;
  } catch (const Error& error) {
    if (error.code() == "internal") throw;  // of the database, not of the row
    return error.what();
  } catch (const std::exception& error) {
    return error.what();
  }
}

std::string key_of(const Statement& row) {
  if (row.stored(1) == Stored::null) return "row " + std::to_string(row.number(0));
  std::string key = row.text(1).substr(0, kShownBytes);
  std::replace_if(
      key.begin(), key.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return key.empty() ? "row " + std::to_string(row.number(0)) : key;
}

// Holds while rows are moved: what refers to them may stay, and an index that does not have them is
// no reason to stop.
class Lenience {
 public:
  explicit Lenience(Database& database) : database_(database) {
    database_.run("PRAGMA foreign_keys = OFF; PRAGMA writable_schema = ON");
  }
  ~Lenience() {
    try {
      database_.run("PRAGMA writable_schema = OFF; PRAGMA foreign_keys = ON");
    } catch (const Error&) {
      // The connection stays lenient: nothing is written that would not have been.
    }
  }
  Lenience(const Lenience&) = delete;
  Lenience& operator=(const Lenience&) = delete;

 private:
  Database& database_;
};

}  // namespace

std::vector<DamagedRow> damaged_rows(Database& database, const std::string& table,
                                     std::span<const Column> columns,
                                     const std::function<void(const Statement&)>& check) {
  Statement rows(database, "SELECT rowid, " + list_of(columns) + " FROM " + table +
                               " NOT INDEXED " + "ORDER BY rowid");
  std::vector<DamagedRow> damaged;
  while (rows.next()) {
    const auto fault = fault_of(rows, columns, check);
    if (fault) damaged.push_back({table, rows.number(0), key_of(rows) + ": " + *fault});
  }
  return damaged;
}

void set_aside(Database& database, const std::string& table, std::span<const Column> columns,
               const std::vector<DamagedRow>& rows) {
  if (rows.empty()) return;
  const Lenience lenience(database);
  Transaction transaction(database);
  const auto list = list_of(columns);
  const auto aside = "damaged_" + table;
  database.run(("CREATE TABLE IF NOT EXISTS " + aside + " (why, " + list + ")").c_str());
  for (const auto& row : rows) {
    Statement(database, "INSERT INTO " + aside + " (why, " + list + ") SELECT ?, " + list +
                            " FROM " + table + " WHERE rowid = ?")
        .with(row.why)
        .with(row.row)
        .run();
    Statement(database, "DELETE FROM " + table + " WHERE rowid = ?").with(row.row).run();
  }
  database.run(("REINDEX " + table).c_str());
  transaction.commit();
}

std::vector<std::string> rows_set_aside(Database& database) {
  std::vector<std::string> tables, found;
  {
    Statement names(database,
                    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE "
                    "'damaged\\_%' ESCAPE '\\' ORDER BY name");
    while (names.next()) tables.push_back(names.text(0));
  }
  for (const auto& table : tables) {
    Statement rows(database, "SELECT why FROM " + table + " ORDER BY rowid");
    while (rows.next()) found.push_back(table + ": " + rows.text(0));
  }
  return found;
}

std::string note_of(const std::filesystem::path& file, const std::vector<DamagedRow>& rows) {
  if (rows.empty()) return "";
  return file.string() + ": " + std::to_string(rows.size()) +
         " damaged rows are set aside, the rest is served (souvenir doctor names them): " +
         rows.front().table + ": " + rows.front().why;
}

}  // namespace executor
