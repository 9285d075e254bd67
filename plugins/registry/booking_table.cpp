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
  require_new(booking);
  insert(booking);
  Statement(database_, "DELETE FROM freed WHERE job = ?").with(booking.job).run();
  transaction.commit();
}

bool BookingTable::is_published(const std::string& version) {
  return Statement(database_, "SELECT 1 FROM versions WHERE version = ?").with(version).next();
}

void BookingTable::require_new(const Booking& booking) {
  const auto& settings = booking.settings;
  if (taken(booking.owner, settings.target_model, settings.identifier)) {
    throw executor::Error("exists",
                          "the identifier '" + settings.identifier +
                              "' is taken on target_model '" + settings.target_model + "'",
                          "ask for another one, or for none: a free one is chosen then");
  }
  if (is_published(settings.version) || versions_in_training().contains(settings.version)) {
    throw executor::Error("protocol", "the version " + settings.version + " is made already");
  }
}

void BookingTable::insert(const Booking& booking) {
  const auto& settings = booking.settings;
  Statement insert(database_,
                   "INSERT INTO identifiers "
                   "(owner, target, identifier, category, state, job, epoch, settings) "
                   "VALUES (?, ?, ?, ?, 'booked', ?, ?, ?)");
  insert.with(booking.owner).with(settings.target_model).with(settings.identifier);
  insert.with(settings.category).with(booking.job);
  insert.with(static_cast<std::int64_t>(booking.epoch)).with_bytes(bytes_of(settings)).run();
}

std::optional<Booking> BookingTable::book_again(const std::string& job) {
  Booking booking{.job = job};
  {
    Statement rows(database_, "SELECT owner, epoch, settings FROM freed WHERE job = ?");
    if (!rows.with(job).next()) return std::nullopt;
    booking.owner = rows.text(0);
    booking.epoch = static_cast<std::uint64_t>(rows.number(1));
    booking.settings = settings_from(rows.text(2));
  }
  book(booking);
  return booking;
}

void BookingTable::raise_epoch(const std::string& job, std::uint64_t epoch) {
  Statement update(database_, "UPDATE identifiers SET epoch = max(epoch, ?) WHERE job = ?");
  update.with(static_cast<std::int64_t>(epoch)).with(job).run();
}

// What the database calls published stays, whatever a booking says of it.
std::optional<std::string> BookingTable::drop_booked(const std::string& job) {
  const auto booking = of_job(job);
  if (!booking || booking->published) return std::nullopt;
  Statement(database_, "DELETE FROM identifiers WHERE job = ? AND state = 'booked'")
      .with(job)
      .run();
  if (is_published(booking->settings.version)) return std::nullopt;
  return booking->settings.version;
}

std::optional<std::string> BookingTable::release(const std::string& job) {
  Transaction transaction(database_);
  const auto version = drop_booked(job);
  Statement(database_, "DELETE FROM freed WHERE job = ?").with(job).run();
  transaction.commit();
  return version;
}

std::vector<std::string> BookingTable::jobs_but(const std::set<std::string>& jobs,
                                                const std::string& query) {
  Statement rows(database_, query);
  std::vector<std::string> found;
  while (rows.next()) {
    if (!jobs.contains(rows.text(0))) found.push_back(rows.text(0));
  }
  return found;
}

std::vector<std::string> BookingTable::release_all_but(const std::set<std::string>& jobs) {
  std::vector<std::string> versions;
  Transaction transaction(database_);
  for (const auto& job : jobs_but(jobs, "SELECT job FROM freed")) {
    Statement(database_, "DELETE FROM freed WHERE job = ?").with(job).run();
  }
  for (const auto& job : jobs_but(jobs, "SELECT job FROM identifiers WHERE state = 'booked'")) {
    Statement(database_,
              "INSERT INTO freed SELECT job, owner, epoch, settings FROM identifiers WHERE job = ?")
        .with(job)
        .run();
    if (const auto version = drop_booked(job)) versions.push_back(*version);
  }
  transaction.commit();
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
