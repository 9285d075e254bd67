#include "registry/version_table.h"

#include "executor/error.h"
#include "schemas/finetune.h"

namespace registry {
namespace {
using executor::Statement;
using executor::Transaction;
}  // namespace

std::optional<std::string> VersionTable::current(const std::string& line) {
  Statement rows(database_,
                 "SELECT version FROM versions WHERE line = ? AND kept AND NOT damaged "
                 "ORDER BY rowid DESC LIMIT 1");
  if (!rows.with(line).next()) return std::nullopt;
  return rows.text(0);
}

std::set<std::string> VersionTable::lost(const std::string& line) {
  Statement rows(database_,
                 "SELECT version FROM versions WHERE line = ?1 AND damaged AND rowid > "
                 "(SELECT coalesce(max(rowid), 0) FROM versions "
                 "WHERE line = ?1 AND kept AND NOT damaged)");
  rows.with(line);
  std::set<std::string> versions;
  while (rows.next()) versions.insert(rows.text(0));
  return versions;
}

std::vector<std::string> VersionTable::damaged() {
  Statement rows(database_, "SELECT version FROM versions WHERE damaged AND kept");
  std::vector<std::string> versions;
  while (rows.next()) versions.push_back(rows.text(0));
  return versions;
}

void VersionTable::mark(const std::string& version, Condition condition) {
  Statement(database_, condition == Condition::damaged
                           ? "UPDATE versions SET damaged = 1 WHERE version = ?"
                           : "UPDATE versions SET damaged = 0 WHERE version = ?")
      .with(version)
      .run();
}

std::vector<VersionTable::Entry> VersionTable::of_line(const std::string& line) {
  Statement rows(database_,
                 "SELECT v.version, v.base, v.created, v.kept, coalesce(i.identifier, ''), "
                 "coalesce(i.category, ''), coalesce(i.owner, ''), v.damaged "
                 "FROM versions v LEFT JOIN identifiers i ON i.version = v.version "
                 "WHERE v.line = ? ORDER BY v.rowid");
  rows.with(line);
  std::vector<Entry> found;
  while (rows.next()) {
    found.push_back({.version = {.target_model = line.substr(0, line.find('\n')),
                                 .version = rows.text(0),
                                 .base = rows.text(1),
                                 .identifier = rows.text(4),
                                 .category = rows.text(5),
                                 .owner = rows.text(6),
                                 .created = rows.text(2),
                                 .damaged = rows.number(7) != 0},
                     .kept = rows.number(3) != 0});
  }
  const auto now = current(line);
  for (auto& entry : found) entry.version.current = entry.version.version == now;
  return found;
}

bool VersionTable::is_kept(const std::string& version) {
  return Statement(database_, "SELECT 1 FROM versions WHERE version = ? AND kept")
      .with(version)
      .next();
}

std::set<std::string> VersionTable::words_seen_by(const std::string& line) {
  Statement rows(database_, "SELECT answer FROM versions WHERE line = ? ORDER BY rowid");
  rows.with(line);
  std::set<std::string> words;
  while (rows.next()) {
    const auto learned = schemas::unpack<schemas::Finetuned>(rows.text(0)).identifier;
    if (learned.empty()) words.clear();  // retrained: what is still there is booked
    if (!learned.empty()) words.insert(learned);
  }
  return words;
}

bool VersionTable::is_learned(const std::string& version) {
  return Statement(database_, "SELECT 1 FROM identifiers WHERE version = ?").with(version).next();
}

std::vector<std::string> VersionTable::retire(const std::string& line) {
  const auto versions = of_line(line);
  std::vector<std::string> retired;
  Transaction transaction(database_);
  std::size_t sound = 0;
  for (auto entry = versions.rbegin(); entry != versions.rend(); ++entry) {
    const bool is_good = entry->kept && !entry->version.damaged;
    if (is_good && ++sound <= kKeptVersions) continue;
    retired.push_back(entry->version.version);
    if (!entry->kept) continue;
    Statement(database_, "UPDATE versions SET kept = 0 WHERE version = ?")
        .with(retired.back())
        .run();
  }
  transaction.commit();
  return retired;
}

std::string VersionTable::roll_back(const std::string& line) {
  const auto versions = of_line(line);
  if (versions.empty()) {
    throw executor::Error("not_found", "this metamodel has no version to go back from");
  }
  const auto& newest = versions.back().version;
  if (versions.size() > 1 && !newest.damaged) {
    const auto& before = versions[versions.size() - 2];
    if (!before.kept || before.version.damaged) {
      throw executor::Error("unavailable",
                            std::string("the version before the current one is ") +
                                (before.kept ? "damaged" : "kept no longer"),
                            "the last " + std::to_string(kKeptVersions) +
                                " are kept; 'models reset' "
                                "begins again with the pretrained model");
    }
  }
  drop(newest.version);
  return newest.version;
}

std::vector<std::string> VersionTable::drop_line(const std::string& line) {
  Transaction transaction(database_);
  std::vector<std::string> versions;
  for (const auto& entry : of_line(line)) {
    versions.push_back(entry.version.version);
    remove(versions.back());
  }
  transaction.commit();
  return versions;
}

void VersionTable::drop(const std::string& version) {
  Transaction transaction(database_);
  remove(version);
  transaction.commit();
}

void VersionTable::remove(const std::string& version) {
  for (const char* table : {"identifiers", "versions"}) {
    Statement(database_, "DELETE FROM " + std::string(table) + " WHERE version = ?")
        .with(version)
        .run();
  }
}

}  // namespace registry
