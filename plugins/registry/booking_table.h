#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "executor/database.h"
#include "schemas/finetune.h"
#include "schemas/identifiers.h"
#include "schemas/training.h"

namespace registry {

/// One identifier of one owner: booked while its job trains, published when the version is there.
struct Booking {
  std::string owner;
  std::string job;
  std::uint64_t epoch = 0;  ///< highest seen of the job
  bool published = false;
  schemas::TrainSettings settings;  ///< the plan of the job, as it was first settled
};

/// What home/registry.db holds. Outlives the process; every change is one transaction.
/// An identifier is booked once per owner, whatever the target. Used by one thread.
class BookingTable {
 public:
  /// Opens or makes the file. Throws Error(bad_config) when a newer souvenir has written it.
  explicit BookingTable(const std::filesystem::path& file);

  /// Whether the file was made by this constructor.
  bool is_new() const { return is_new_; }

  std::optional<Booking> of_job(const std::string& job);
  std::optional<Booking> of_identifier(const std::string& owner, const std::string& identifier);
  /// All of the owner, in the order of booking.
  std::vector<Booking> of_owner(const std::string& owner);

  /// Throws Error(exists) when the owner has that identifier already.
  void book(const Booking& booking);
  void raise_epoch(const std::string& job, std::uint64_t epoch);

  /// Drops the booking of a job unless it is published; returns the version that it was to make.
  std::optional<std::string> release(const std::string& job);
  /// Drops every booking that is not published but those of `jobs`; returns their versions.
  std::vector<std::string> release_all_but(const std::set<std::string>& jobs);

  /// Turns the job's booking into a published version, with the answer that its client gets.
  void publish(const std::string& job, const schemas::Finetuned& answer);
  /// The answer of a job that was published.
  std::optional<schemas::Finetuned> answer_of(const std::string& job);
  bool has_version(const std::string& version);
  /// Published identifiers; of all targets when `target` is empty.
  std::vector<schemas::Identifier> list(const std::string& owner, const std::string& target);

 private:
  executor::Database database_;
  bool is_new_ = false;
};

}  // namespace registry
