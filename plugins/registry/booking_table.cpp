#include "registry/booking_table.h"

#include "executor/error.h"

namespace registry {
namespace {

using executor::Statement;
using executor::Transaction;

constexpr std::int64_t kFormat = 1;

constexpr const char* kTables = R"(
CREATE TABLE versions (
  version TEXT PRIMARY KEY,
  job     TEXT NOT NULL UNIQUE,
  answer  BLOB NOT NULL,  -- finetuned.v1, sent again when the job's last hop is redelivered
  created TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
) STRICT;
CREATE TABLE identifiers (
  owner      TEXT NOT NULL,
  target     TEXT NOT NULL,
  identifier TEXT NOT NULL,
  category   TEXT NOT NULL,
  state      TEXT NOT NULL CHECK (state IN ('booked', 'published')),
  job        TEXT NOT NULL UNIQUE,
  epoch      INTEGER NOT NULL,
  settings   BLOB NOT NULL,  -- the map `settings` of plan.v1
  version    TEXT REFERENCES versions (version),
  CHECK ((state = 'published') = (version IS NOT NULL)),
  UNIQUE (owner, target, identifier)
) STRICT;
PRAGMA user_version = 1;
)";

constexpr const char* kSelect = "SELECT owner, job, epoch, state, settings FROM identifiers ";

std::string bytes_of(const schemas::TrainSettings& settings) {
  return schemas::pack(settings);
}

schemas::TrainSettings settings_from(const std::string& bytes) {
  return schemas::parse(bytes).get().as<schemas::TrainSettings>();
}

Booking read(const Statement& row) {
  return {.owner = row.text(0),
          .job = row.text(1),
          .epoch = static_cast<std::uint64_t>(row.number(2)),
          .published = row.text(3) == "published",
          .settings = settings_from(row.text(4))};
}

std::optional<Booking> first(Statement& rows) {
  if (!rows.next()) return std::nullopt;
  return read(rows);
}

}  // namespace

BookingTable::BookingTable(const std::filesystem::path& file) : database_(file) {
  Transaction transaction(database_);
  std::int64_t format = 0;
  {
    Statement version(database_, "PRAGMA user_version");
    if (version.next()) format = version.number(0);
  }
  if (format > kFormat) {
    throw executor::Error("bad_config", file.string() + " was written by a newer souvenir",
                          "use that one, or another SOUVENIR_HOME");
  }
  is_new_ = format == 0;
  if (is_new_) database_.run(kTables);
  transaction.commit();
}

std::optional<Booking> BookingTable::of_job(const std::string& job) {
  Statement rows(database_, std::string(kSelect) + "WHERE job = ?");
  return first(rows.with(job));
}

std::optional<Booking> BookingTable::of_identifier(const std::string& owner,
                                                   const std::string& identifier) {
  Statement rows(database_, std::string(kSelect) + "WHERE owner = ? AND identifier = ?");
  return first(rows.with(owner).with(identifier));
}

std::vector<Booking> BookingTable::of_owner(const std::string& owner) {
  Statement rows(database_, std::string(kSelect) + "WHERE owner = ? ORDER BY rowid");
  rows.with(owner);
  std::vector<Booking> found;
  while (rows.next()) found.push_back(read(rows));
  return found;
}

void BookingTable::book(const Booking& booking) {
  const auto& settings = booking.settings;
  Transaction transaction(database_);
  if (of_identifier(booking.owner, settings.identifier)) {
    throw executor::Error("exists", "you have the identifier '" + settings.identifier + "' already",
                          "ask for another one, or for none: a free one is chosen then");
  }
  Statement insert(database_,
                   "INSERT INTO identifiers "
                   "(owner, target, identifier, category, state, job, epoch, settings) "
                   "VALUES (?, ?, ?, ?, 'booked', ?, ?, ?)");
  insert.with(booking.owner).with(settings.target_model).with(settings.identifier);
  insert.with(settings.category).with(booking.job);
  insert.with(static_cast<std::int64_t>(booking.epoch)).with_bytes(bytes_of(settings)).run();
  transaction.commit();
}

void BookingTable::raise_epoch(const std::string& job, std::uint64_t epoch) {
  Statement update(database_, "UPDATE identifiers SET epoch = max(epoch, ?) WHERE job = ?");
  update.with(static_cast<std::int64_t>(epoch)).with(job).run();
}

std::optional<std::string> BookingTable::release(const std::string& job) {
  const auto booking = of_job(job);
  if (!booking || booking->published) return std::nullopt;
  Statement(database_, "DELETE FROM identifiers WHERE job = ? AND state = 'booked'")
      .with(job)
      .run();
  return booking->settings.version;
}

std::vector<std::string> BookingTable::release_all_but(const std::set<std::string>& jobs) {
  std::vector<std::string> gone;
  {
    Statement rows(database_, "SELECT job FROM identifiers WHERE state = 'booked'");
    while (rows.next()) gone.push_back(rows.text(0));
  }
  std::erase_if(gone, [&](const std::string& job) { return jobs.contains(job); });
  std::vector<std::string> versions;
  for (const auto& job : gone) {
    if (const auto version = release(job)) versions.push_back(*version);
  }
  return versions;
}

void BookingTable::publish(const std::string& job, const schemas::Finetuned& answer) {
  Transaction transaction(database_);
  Statement(database_, "INSERT INTO versions (version, job, answer) VALUES (?, ?, ?)")
      .with(answer.version)
      .with(job)
      .with_bytes(schemas::pack(answer))
      .run();
  Statement(database_, "UPDATE identifiers SET state = 'published', version = ? WHERE job = ?")
      .with(answer.version)
      .with(job)
      .run();
  transaction.commit();
}

std::optional<schemas::Finetuned> BookingTable::answer_of(const std::string& job) {
  Statement rows(database_, "SELECT answer FROM versions WHERE job = ?");
  if (!rows.with(job).next()) return std::nullopt;
  return schemas::unpack<schemas::Finetuned>(rows.text(0));
}

bool BookingTable::has_version(const std::string& version) {
  return Statement(database_, "SELECT 1 FROM versions WHERE version = ?").with(version).next();
}

std::vector<schemas::Identifier> BookingTable::list(const std::string& owner,
                                                    const std::string& target) {
  Statement rows(database_,
                 "SELECT identifier, category, target, version, created, answer "
                 "FROM identifiers JOIN versions USING (version) "
                 "WHERE owner = ? AND (? = '' OR target = ?) ORDER BY identifiers.rowid");
  rows.with(owner).with(target).with(target);
  std::vector<schemas::Identifier> found;
  while (rows.next()) {
    const auto answer = schemas::unpack<schemas::Finetuned>(rows.text(5));
    found.push_back({.identifier = rows.text(0),
                     .category = rows.text(1),
                     .target_model = rows.text(2),
                     .version = rows.text(3),
                     .model = answer.model,
                     .created = rows.text(4)});
  }
  return found;
}

}  // namespace registry
