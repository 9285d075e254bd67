#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "executor/database.h"
#include "schemas/finetune.h"
#include "schemas/training.h"

namespace registry {

/// One identifier of one owner: booked while its job trains, published when the version is there.
/// That of a retraining has an empty identifier, and counts as no thing; of
/// each metamodel there is one at most.
struct Booking {
  std::string owner;
  std::string job;
  std::uint64_t epoch = 0;  ///< highest seen of the job
  bool published = false;
  std::string created = {};         ///< when it was published; UTC, ISO 8601
  schemas::TrainSettings settings;  ///< the plan of the job, as it was first settled
};

/// The identifiers. Every change is one transaction. An identifier is booked once: on meta by one
/// owner, elsewhere once per owner and target. A version that is published is never booked again,
/// nor does any job's end drop it.
class BookingTable {
 public:
  explicit BookingTable(executor::Database& database) : database_(database) {}

  std::optional<Booking> of_job(const std::string& job);
  /// All that the owner can draw, and what is in training for them, in the order of booking: their
  /// own, and what others have taught the shared metamodel.
  std::vector<Booking> usable_by(const std::string& owner);
  /// What a metamodel has learned, oldest first; `line` as in line_of().
  std::vector<Booking> learned_by(const std::string& line);
  /// Whether a job is to change this metamodel, and has not ended.
  bool in_training(const std::string& target, const std::string& owner);
  /// Whether that job retrains it.
  bool in_retraining(const std::string& target, const std::string& owner);

  /// The versions that jobs which have not ended are to make.
  std::set<std::string> versions_in_training();

  /// Whether `identifier` cannot be booked.
  bool taken(const std::string& owner, const std::string& target, const std::string& identifier);
  /// Whether the owner has it for any target.
  bool used_by(const std::string& owner, const std::string& identifier);

  /// Throws Error(exists) when it is taken, Error(protocol) when its version is published, or
  /// another job's.
  void book(const Booking& booking);
  /// Books once more what release_all_but() freed of a job that was open after all, as it was
  /// settled then; nothing when there is none. Throws as book().
  std::optional<Booking> book_again(const std::string& job);
  void raise_epoch(const std::string& job, std::uint64_t epoch);

  /// Drops the booking of a job unless it is published; returns the version that it was to make,
  /// which nobody has published.
  std::optional<std::string> release(const std::string& job);
  /// Does so with every booking that is not published but those of `jobs`, and keeps it for
  /// book_again() until the next time; returns their versions.
  std::vector<std::string> release_all_but(const std::set<std::string>& jobs);
  /// Drops a published one of a metamodel; its version stays.
  void forget(const std::string& job);

  /// Turns the job's booking into a published version, with the answer that its client gets. Of
  /// what is retrained no earlier version is kept any longer.
  void publish(const std::string& job, const schemas::Finetuned& answer);
  /// The answer of a job that was published.
  std::optional<schemas::Finetuned> answer_of(const std::string& job);

  /// Words to choose identifiers from; empty = those of the base model.
  std::vector<std::string> rare_identifiers();
  void set_rare_identifiers(const std::vector<std::string>& words);

 private:
  std::vector<Booking> all(executor::Statement& rows);
  /// The jobs that `query` finds, without these.
  std::vector<std::string> jobs_but(const std::set<std::string>& jobs, const std::string& query);
  bool is_published(const std::string& version);
  void insert(const Booking& booking);
  void require_new(const Booking& booking);
  std::optional<std::string> drop_booked(const std::string& job);

  executor::Database& database_;
};

}  // namespace registry
