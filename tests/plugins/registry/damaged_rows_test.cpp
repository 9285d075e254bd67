#include <catch2/catch.hpp>
#include <cstdio>
#include <fstream>

#include "executor/damaged_rows.h"
#include "executor/database.h"
#include "tests/plugins/registry/registry_fixture.h"

using executor::Database;
using tests::Office;

namespace fs = std::filesystem;

namespace {

// Writes what SQLite would not let in, as a disk does: without the table's rules, past its indices.
void damage(const fs::path& file, const std::string& table, const std::string& columns,
            const std::string& sql) {
  const std::string quoted = "'" + table + "'";
  {
    Database database(file);
    database.run(
        ("CREATE TABLE kept AS SELECT name, sql, type, tbl_name, rootpage FROM sqlite_schema;"
         "PRAGMA writable_schema = ON;"
         "DELETE FROM sqlite_schema WHERE type = 'index' AND tbl_name = " +
         quoted +
         ";"
         "UPDATE sqlite_schema SET sql = 'CREATE TABLE " +
         table + " (" + columns +
         ")' "
         "WHERE type = 'table' AND name = " +
         quoted)
            .c_str());
  }
  { Database(file).run(("PRAGMA foreign_keys = OFF;" + sql).c_str()); }
  {
    Database database(file);
    database.run(("PRAGMA writable_schema = ON;"
                  "UPDATE sqlite_schema SET sql = (SELECT sql FROM kept WHERE type = 'table' AND "
                  "name = " +
                  quoted + ") WHERE type = 'table' AND name = " + quoted +
                  ";"
                  "INSERT INTO sqlite_schema (type, name, tbl_name, rootpage, sql) "
                  "SELECT type, name, tbl_name, rootpage, sql FROM kept "
                  "WHERE type = 'index' AND tbl_name = " +
                  quoted)
                     .c_str());
  }
  Database(file).run("DROP TABLE kept");
}

constexpr const char* kIdentifiers =
    "owner, target, identifier, category, state, job, epoch, settings, version";
constexpr const char* kVersions = "version, job, answer, created, line, base, kept, damaged";

std::vector<std::pair<std::string, std::string>> all_damage() {
  std::vector<std::pair<std::string, std::string>> all;
  const auto add = [&](const char* table, const std::string& column, const std::string& value) {
    all.emplace_back(table, "UPDATE " + std::string(table) + " SET " + column + " = " + value +
                                " WHERE job = 'j-2'");
  };
  for (const char* column : {"owner", "target", "identifier", "category", "state", "job"}) {
    for (const char* value : {"NULL", "X'ff'", "5", "CAST(X'fffe' AS TEXT)"}) {
      add("identifiers", column, value);
    }
  }
  for (const char* value : {"NULL", "'x'", "-1", "9223372036854775807"}) {
    add("identifiers", "epoch", value);
  }
  for (const char* value : {"NULL", "'x'", "X''", "substr(settings, 1, 20)", "X'dfffffffff'",
                            "settings || X'00'", "zeroblob(3000000)"}) {
    add("identifiers", "settings", value);
  }
  for (const char* value : {"NULL", "X'ff'", "'v-0000000000000000'", "'../x'"}) {
    add("identifiers", "version", value);
  }
  add("identifiers", "state", "'lost'");
  add("identifiers", "state", "'booked'");
  add("identifiers", "target", "'mine'");
  add("identifiers", "identifier", "'other'");
  add("identifiers", "job", "'j-1'");
  for (const char* column : {"version", "job", "created", "line", "base"}) {
    for (const char* value : {"NULL", "X'ff'", "CAST(X'fffe' AS TEXT)"}) {
      add("versions", column, value);
    }
  }
  for (const char* value : {"NULL", "'x'", "X''", "substr(answer, 1, 9)", "X'ddffffffff'",
                            "(SELECT answer FROM versions WHERE job = 'j-1')"}) {
    add("versions", "answer", value);
  }
  for (const char* column : {"kept", "damaged"}) {
    for (const char* value : {"NULL", "2", "-1", "'yes'"}) add("versions", column, value);
  }
  add("versions", "version", "(SELECT version FROM versions WHERE job = 'j-1')");
  add("versions", "job", "'j-1'");
  return all;
}

std::set<std::string> words_of(Office& office) {
  std::set<std::string> words;
  for (const auto& each : office.list()) words.insert(each.identifier);
  return words;
}

schemas::Finetune of(const std::string& word) {
  auto request = Office::request();
  request.identifier = word;
  return request;
}

}  // namespace

TEST_CASE("a damaged row takes away its own thing, and nothing of anybody else's") {
  const auto all = all_damage();
  REQUIRE(all.size() >= 30);
  for (const auto& [table, sql] : all) {
    INFO(sql);
    Office office;
    office.teach(of("aa"), "j-1");
    const auto lost = office.teach(of("bb"), "j-2");
    office.teach(of("cc"), "j-3", "bob");
    const auto file = office.home() / "registry.db";
    damage(file, table, table == "identifiers" ? kIdentifiers : kVersions, sql);
    office.reopen();
    CHECK(words_of(office) == std::set<std::string>{"aa"});
    CHECK(office.list("bob").size() == 1);
    CHECK_NOTHROW(office.draw(Office::drawing("a aa dog")));
    CHECK_NOTHROW(office.teach(of("dd"), "j-4"));
    // The files of what nobody knows any more are not swept away.
    office.reopen();
    CHECK(fs::exists(office.home() / "store" / "versions" / lost.version));
    Database database(file);
    const auto aside = executor::rows_set_aside(database);
    REQUIRE_FALSE(aside.empty());
    std::printf("%-76.76s %s\n", sql.c_str(), aside.front().c_str());
  }
  std::printf("%zu kinds of damage\n", all.size());
}

TEST_CASE("a damaged word of an administrator's list is set aside") {
  Office office;
  const auto file = office.home() / "registry.db";
  Database(file).run("INSERT INTO rare_identifiers (word) VALUES ('zz'), ('xx')");
  damage(file, "rare_identifiers", "word",
         "UPDATE rare_identifiers SET word = X'ff' WHERE word = 'zz'");
  office.reopen();
  Database database(file);
  CHECK(executor::rows_set_aside(database).size() == 1);
  const auto words = office.ask<schemas::RareIdentifiers>(schemas::Suggest{"dog", 1});
  CHECK(words.rare_identifiers == std::vector<std::string>{"xx"});
}

TEST_CASE("what is in training, trained anew or forgotten is no damage") {
  Office office;
  office.plan(of("aa"), "j-1");
  auto meta = of("bb");
  meta.target_model = "private_meta";
  office.teach(meta, "j-2");
  office.ask<schemas::Forgotten>(schemas::Forget{"bb", "private_meta"});
  office.reopen({"j-1"});
  Database database(office.home() / "registry.db");
  CHECK(executor::rows_set_aside(database).empty());
}

TEST_CASE("a database whose page is damaged is refused with its name and what to do") {
  Office office;
  office.teach(of("aa"), "j-1");
  const auto file = office.home() / "registry.db";
  Database(file).run("PRAGMA wal_checkpoint(TRUNCATE)");
  const auto pages = fs::file_size(file) / 4096;
  std::fstream bytes(file, std::ios::binary | std::ios::in | std::ios::out);
  for (std::uintmax_t page = 1; page < pages; ++page) {
    bytes.seekp(static_cast<std::streamoff>(page * 4096));
    bytes << std::string(4096, '\x5a');
  }
  bytes.close();
  CHECK_THAT(tests::text_of([&] { office.reopen(); }),
             Catch::Contains("registry.db is damaged") && Catch::Contains(".recover"));
}
