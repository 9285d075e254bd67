#pragma once

#include <filesystem>
#include <string>

#include "executor/executor.h"
#include "registry/booking_table.h"
#include "registry/defaults.h"
#include "registry/identifier_rules.h"
#include "registry/store.h"

namespace registry {

/// Who owns which identifier, and which version of a model it stands for. The only code that turns
/// (owner, identifier) into a version, and the only writer of store/versions.
///
/// finetune.v1 -> plan.v1         checks, settles, and books an identifier for the job
/// trained.v1 -> finetuned.v1     publishes the version, once per job
/// generate.v1 -> generation.v1   checks, and finds the version
/// identifiers.v1 -> identifier_list.v1
class Registry : public executor::Executor {
 public:
  /// Frees the bookings of jobs that have ended meanwhile, and sweeps the store.
  explicit Registry(const executor::Setup& setup);

  void process(const schemas::Message& in, executor::Outbox& out) override;
  /// Frees the job's identifier unless its version is published.
  void ended(const std::string& job, executor::Outcome outcome) override;

 private:
  void plan(const schemas::Message& in, executor::Outbox& out);
  void publish(const schemas::Message& in, executor::Outbox& out);
  void draw(const schemas::Message& in, executor::Outbox& out);
  void list(const schemas::Message& in, executor::Outbox& out);

  Booking book(const schemas::Message& in);
  std::string choose_identifier(const std::string& owner, const std::optional<std::string>& asked,
                                const std::string& category);
  void warn(const Booking& booking, std::size_t pictures, executor::Outbox& out);
  void require_booked(const schemas::Message& in, const schemas::TrainSettings& settings);

  std::filesystem::path model_;
  Defaults defaults_;
  IdentifierRules rules_;
  Store store_;
  BookingTable table_;
};

}  // namespace registry
