#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace executor {

class Database;

/// What SQLite has in one column of one row, whatever the table declares.
enum class Stored { null, number, real, text, bytes };

/// A prepared statement. One thread; must not outlive its database.
class Statement {
 public:
  Statement(Database& database, std::string_view sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  /// Binds the next `?`.
  Statement& with(std::string_view text);
  Statement& with(std::int64_t number);
  Statement& with_bytes(std::string_view bytes);
  /// Goes to the next row; false when there is none. Throws Error.
  bool next();
  /// Runs a statement that returns no rows.
  void run();

  std::string text(int column) const;  ///< bytes too
  std::int64_t number(int column) const;
  Stored stored(int column) const;
  std::size_t size(int column) const;  ///< bytes of a text or of bytes

 private:
  Database& database_;
  sqlite3_stmt* statement_ = nullptr;
  int bound_ = 0;
};

/// One connection to an SQLite file, which it makes with mode 0600. WAL and synchronous FULL: what
/// is committed outlives a power cut. Foreign keys are checked. Used by one thread. This is SQLite
/// itself and not SQLiteCpp, whose exception lacks sqlite3_system_errno: that alone tells a full
/// disk from a bad one.
class Database {
 public:
  /// Throws Error(bad_config) naming the file when it cannot be opened.
  explicit Database(const std::filesystem::path& file);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  void run(const char* sql);
  /// Throws Error(internal) with SQLite's own text, for a damaged file with its name and the
  /// remedy; Error(unavailable) when the disk is full.
  [[noreturn]] void fail(const std::string& action) const;
  sqlite3* handle() { return handle_; }

 private:
  bool is_full() const;
  [[noreturn]] void fail_damaged(const std::string& why) const;

  sqlite3* handle_ = nullptr;
};

/// Begins at once (BEGIN IMMEDIATE). Rolls back when it is destroyed before commit(). Throws as
/// Database does.
class Transaction {
 public:
  explicit Transaction(Database& database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Database& database_;
  bool open_ = true;
};

}  // namespace executor
