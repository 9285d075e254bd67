#include "executor/database.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "executor/error.h"
#include "executor/full_disk.h"

namespace executor {
namespace {

constexpr int kBusy_ms = 5000;

// SQLite gives its journal files the mode of the database file.
void make_private_file(const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) {
    throw Error("bad_config", file.string() + " cannot be opened: " + std::strerror(errno),
                "make its folder writable, or set SOUVENIR_HOME to one that is");
  }
  ::close(fd);
}

}  // namespace

Statement::Statement(Database& database, std::string_view sql) : database_(database) {
  if (sqlite3_prepare_v2(database.handle(), sql.data(), static_cast<int>(sql.size()), &statement_,
                         nullptr) != SQLITE_OK) {
    database.fail("preparing a statement");
  }
}

Statement::~Statement() {
  sqlite3_finalize(statement_);
}

Statement& Statement::with(std::string_view text) {
  if (sqlite3_bind_text64(statement_, ++bound_, text.data(), text.size(), SQLITE_TRANSIENT,
                          SQLITE_UTF8) != SQLITE_OK) {
    database_.fail("binding a text");
  }
  return *this;
}

Statement& Statement::with(std::int64_t number) {
  if (sqlite3_bind_int64(statement_, ++bound_, number) != SQLITE_OK) {
    database_.fail("binding a number");
  }
  return *this;
}

Statement& Statement::with_bytes(std::string_view bytes) {
  // A null pointer would bind NULL.
  if (sqlite3_bind_blob64(statement_, ++bound_, bytes.empty() ? "" : bytes.data(), bytes.size(),
                          SQLITE_TRANSIENT) != SQLITE_OK) {
    database_.fail("binding bytes");
  }
  return *this;
}

bool Statement::next() {
  const int result = sqlite3_step(statement_);
  if (result == SQLITE_ROW) return true;
  if (result != SQLITE_DONE) database_.fail("running a statement");
  return false;
}

void Statement::run() {
  while (next()) {
  }
}

std::string Statement::text(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  const int size = sqlite3_column_bytes(statement_, column);
  return bytes == nullptr ? std::string() : std::string(bytes, static_cast<std::size_t>(size));
}

std::int64_t Statement::number(int column) const {
  return sqlite3_column_int64(statement_, column);
}

Stored Statement::stored(int column) const {
  switch (sqlite3_column_type(statement_, column)) {
    case SQLITE_INTEGER: return Stored::number;
    case SQLITE_FLOAT: return Stored::real;
    case SQLITE_TEXT: return Stored::text;
    case SQLITE_BLOB: return Stored::bytes;
    default: return Stored::null;
  }
}

std::size_t Statement::size(int column) const {
  return static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
}

Database::Database(const std::filesystem::path& file) {
  make_private_file(file);
  const int result =
      sqlite3_open_v2(file.c_str(), &handle_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  try {
    if (result != SQLITE_OK) fail("opening it");
    sqlite3_busy_timeout(handle_, kBusy_ms);
    // The first page of a new file would be written by way of a journal file, which a stage whose
    // home is closed can neither make nor remove.
    if (std::filesystem::is_empty(file)) run("PRAGMA journal_mode = MEMORY");
    run("PRAGMA journal_mode = WAL");
    run("PRAGMA synchronous = FULL");
    run("PRAGMA foreign_keys = ON");
  } catch (const Error& error) {
    sqlite3_close(handle_);
    throw Error("bad_config", file.string() + ": " + error.what(),
                error.hint().empty() ? "move the file away if it is not a database of souvenir"
                                     : error.hint());
  }
}

Database::~Database() {
  sqlite3_close(handle_);
}

void Database::run(const char* sql) {
  if (sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail(sql);
}

// A full disk is SQLITE_FULL where a page is written, an I/O error elsewhere. Not of a flush: what
// it left unwritten is lost for whoever tries again.
bool Database::is_full() const {
  const int code = sqlite3_extended_errcode(handle_);
  if ((code & 0xff) == SQLITE_FULL) return true;
  if ((code & 0xff) != SQLITE_IOERR) return false;
  if (code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC) return false;
  const int why = sqlite3_system_errno(handle_);
  return why == ENOSPC || why == EDQUOT;
}

void Database::fail(const std::string& action) const {
  if (is_full()) {
    throw Error("unavailable", "database: " + action + ": the disk is full", kFullDiskHint);
  }
  const int code = sqlite3_errcode(handle_) & 0xff;
  if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB) fail_damaged(sqlite3_errmsg(handle_));
  throw Error("internal", "database: " + action + ": " + sqlite3_errmsg(handle_));
}

void Database::fail_damaged(const std::string& why) const {
  const char* known = sqlite3_db_filename(handle_, "main");
  const std::string file = known == nullptr ? "" : known;
  throw Error("internal", "the database " + file + " is damaged: " + why,
              "stop the server, keep a copy of the file, and save what can be read: sqlite3 " +
                  file + " .recover | sqlite3 " + file + ".new; then put that in its place");
}

Transaction::Transaction(Database& database) : database_(database) {
  database_.run("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
  // Nothing can be told from here; SQLite rolls back by itself when this fails.
  if (open_) sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
  database_.run("COMMIT");
  open_ = false;
}

}  // namespace executor
