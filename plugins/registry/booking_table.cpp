#include "registry/booking_table.h"

#include "executor/error.h"
#include "executor/fault_point.h"
#include "registry/target_checks.h"

namespace registry {
namespace {

using executor::Statement;
using executor::Transaction;

constexpr const char* kSelect =
    "SELECT owner, identifiers.job, epoch, state, settings, coalesce(versions.created, '') "
    "FROM identifiers LEFT JOIN versions USING (version) ";

// A statement on bookings of one model: anybody's on meta, else its owner's. Binds them as its last
// two.
std::string of_model(const std::string& statement) {
  return statement + " AND target = ? AND (target = 'meta' OR owner = ?)";
}

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
          .created = row.text(5),
          .settings = settings_from(row.text(4))};
}

std::optional<Booking> first(Statement& rows) {
  if (!rows.next()) return std::nullopt;
  return read(rows);
}

}  // namespace

std::vector<Booking> BookingTable::all(Statement& rows) {
  std::vector<Booking> found;
  while (rows.next()) found.push_back(read(rows));
  return found;
}

std::optional<Booking> BookingTable::of_job(const std::string& job) {
  Statement rows(database_, std::string(kSelect) + "WHERE identifiers.job = ?");
  return first(rows.with(job));
}

std::vector<Booking> BookingTable::usable_by(const std::string& owner) {
  Statement rows(database_, std::string(kSelect) +
                                "WHERE (owner = ? OR (target = 'meta' AND state = 'published')) "
                                "AND identifier <> '' ORDER BY identifiers.rowid");
  return all(rows.with(owner));
}

std::vector<Booking> BookingTable::learned_by(const std::string& line) {
  Statement rows(database_, std::string(kSelect) +
                                "WHERE line = ? AND identifier <> '' "
                                "ORDER BY versions.rowid");
  return all(rows.with(line));
}

bool BookingTable::in_training(const std::string& target, const std::string& owner) {
  return Statement(database_, of_model("SELECT 1 FROM identifiers WHERE state = 'booked'"))
      .with(target)
      .with(owner)
      .next();
}

bool BookingTable::in_retraining(const std::string& target, const std::string& owner) {
  return Statement(database_,
                   of_model("SELECT 1 FROM identifiers WHERE state = 'booked' AND identifier = ''"))
      .with(target)
      .with(owner)
      .next();
}

std::set<std::string> BookingTable::versions_in_training() {
  Statement rows(database_, std::string(kSelect) + "WHERE state = 'booked'");
  std::set<std::string> versions;
  for (const auto& booking : all(rows)) versions.insert(booking.settings.version);
  return versions;
}

bool BookingTable::taken(const std::string& owner, const std::string& target,
                         const std::string& identifier) {
  return Statement(database_, of_model("SELECT 1 FROM identifiers WHERE identifier = ?"))
      .with(identifier)
      .with(target)
      .with(owner)
      .next();
}

bool BookingTable::used_by(const std::string& owner, const std::string& identifier) {
  return Statement(database_, "SELECT 1 FROM identifiers WHERE owner = ? AND identifier = ?")
      .with(owner)
      .with(identifier)
      .next();
}

void BookingTable::book(const Booking& booking) {
  const auto& settings = booking.settings;
  Transaction transaction(database_);
  if (is_retraining(settings)) {
    Statement(database_,
              of_model("DELETE FROM identifiers WHERE state = 'published' AND identifier = ''"))
        .with(settings.target_model)
        .with(booking.owner)
        .run();
  }
  if (taken(booking.owner, settings.target_model, settings.identifier)) {
    throw executor::Error("exists",
                          "the identifier '" + settings.identifier +
                              "' is taken on target_model '" + settings.target_model + "'",
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
  const auto booking = of_job(job);
  if (!booking) throw executor::Error("internal", "there is no booking to publish");
  const auto line = line_of(answer.target_model, booking->owner);
  if (is_retraining(booking->settings)) {
    Statement(database_, "UPDATE versions SET kept = 0 WHERE line = ?").with(line).run();
  }
  Statement(database_,
            "INSERT INTO versions (version, job, line, base, answer) VALUES (?, ?, ?, ?, ?)")
      .with(answer.version)
      .with(job)
      .with(line)
      .with(booking->settings.base)
      .with_bytes(schemas::pack(answer))
      .run();
  Statement(database_, "UPDATE identifiers SET state = 'published', version = ? WHERE job = ?")
      .with(answer.version)
      .with(job)
      .run();
  executor::fault_point("publish.commit");
  transaction.commit();
}

std::optional<schemas::Finetuned> BookingTable::answer_of(const std::string& job) {
  Statement rows(database_, "SELECT answer FROM versions WHERE job = ?");
  if (!rows.with(job).next()) return std::nullopt;
  return schemas::unpack<schemas::Finetuned>(rows.text(0));
}

void BookingTable::forget(const std::string& job) {
  Statement(database_, "DELETE FROM identifiers WHERE job = ?").with(job).run();
}

std::vector<std::string> BookingTable::rare_identifiers() {
  Statement rows(database_, "SELECT word FROM rare_identifiers ORDER BY rowid");
  std::vector<std::string> words;
  while (rows.next()) words.push_back(rows.text(0));
  return words;
}

void BookingTable::set_rare_identifiers(const std::vector<std::string>& words) {
  Transaction transaction(database_);
  database_.run("DELETE FROM rare_identifiers");
  for (const auto& word : words) {
    Statement(database_, "INSERT OR IGNORE INTO rare_identifiers (word) VALUES (?)")
        .with(word)
        .run();
  }
  transaction.commit();
}

}  // namespace registry
