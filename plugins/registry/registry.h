#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "executor/executor.h"
#include "registry/booking_table.h"
#include "registry/damage_watch.h"
#include "registry/defaults.h"
#include "registry/identifier_rules.h"
#include "registry/tables.h"
#include "registry/version_table.h"
#include "schemas/models.h"
#include "store/capability_key.h"
#include "store/store.h"

namespace registry {

/// Who owns which identifier, and which version of a model it stands for. The only code that turns
/// (owner, target, identifier) into a version, and that moves one into store/versions and
/// store/replay, or out of there. It heads every route, so nothing here takes as long as a model is
/// large: storage reads and flushes, store::Trash removes, a VersionReader reads the versions that
/// jobs have failed with.
///
/// finetune.v1 -> plan.v1         checks, settles, and books an identifier for the job
/// retrain.v1, retrain_own.v1 -> plan.v1   the same for all things of a metamodel, from scratch
/// stored.v1 -> finetuned.v1      publishes the version, once per job
/// generate.v1 -> generation.v1   checks, and finds the version
/// identifiers.v1 -> identifier_list.v1, list_identifiers_n_categories.v1 -> ...
/// models.v1, rollback.v1, reset_model.v1 -> model_list.v1; forget.v1 -> forgotten.v1
/// rollback_own.v1, reset_own.v1 -> model_list.v1: the same, but never of meta
/// suggest.v1, rare_identifiers.v1 -> rare_identifiers.v1
/// offer.v1 -> granted.v1         says whether an attempt of a job may send what it has made
///
/// A metamodel (private_meta of an owner, meta of all) is a line of versions, each trained on from
/// the one before it: a job is planned on the current one and published only if that is still the
/// current one. The folders of the last two are kept; when the newest is found damaged, the one
/// before it is the current one.
class Registry : public executor::Executor {
 public:
  /// Frees the bookings of jobs that have ended meanwhile, and sweeps the store.
  explicit Registry(const executor::Setup& setup);

  void process(const schemas::Message& in, executor::Outbox& out) override;
  /// Frees the job's identifier unless its version is published, however the job has ended: one
  /// that is done may have left out its last hop. Drops its checkpoint and what has arrived for it.
  void ended(const std::string& job, executor::Outcome outcome) override;

 private:
  void plan(const schemas::Message& in, executor::Outbox& out);
  void publish(const schemas::Message& in, executor::Outbox& out);
  void grant(const schemas::Message& in, executor::Outbox& out);
  void draw(const schemas::Message& in, executor::Outbox& out);
  void list(const schemas::Message& in, executor::Outbox& out);
  void list_by_target(const schemas::Message& in, executor::Outbox& out);
  void models(const schemas::Message& in, executor::Outbox& out);
  void roll_back(const schemas::Message& in, executor::Outbox& out);
  void reset(const schemas::Message& in, executor::Outbox& out);
  void roll_back_own(const schemas::Message& in, executor::Outbox& out);
  void reset_own(const schemas::Message& in, executor::Outbox& out);
  void forget(const schemas::Message& in, executor::Outbox& out);
  void suggest(const schemas::Message& in, executor::Outbox& out);
  void set_words(const schemas::Message& in, executor::Outbox& out);

  Booking book(const schemas::Message& in);
  Booking book_retraining(const schemas::Message& in);
  /// Identifiers for a new thing of the owner, best first, at most `count`.
  std::vector<std::string> free_identifiers(const std::string& owner, const std::string& target,
                                            const std::string& category, std::size_t count);
  std::string choose_identifier(const schemas::Message& in, const schemas::Finetune& request);
  /// What a metamodel has learned, oldest first.
  std::vector<schemas::Replay> replay_of(const std::string& line);
  void warn(const Booking& booking, std::size_t pictures, executor::Outbox& out);
  void retire(const std::string& line);
  /// What the job has booked; throws Error(protocol) when that is not what was trained.
  Booking booked(const schemas::Message& in, const schemas::TrainSettings& settings);
  void require_current(const schemas::TrainSettings& settings, const std::string& owner);
  void require_idle(const std::string& target, const std::string& owner);
  void require_no_retraining(const std::string& target, const std::string& owner);
  void sweep();
  std::string current(const std::string& target, const std::string& owner);
  /// Versions of the owner's metamodels that are damaged, and followed by no sound one.
  std::set<std::string> lost_to(const std::string& owner);
  std::string folder_of(const std::string& version) const;
  std::vector<Booking> published(const std::string& owner);
  Booking find(const std::string& owner, const std::string& target, const std::string& identifier);
  void drop(const std::string& version);
  void take_back(const std::string& target, const std::string& owner);
  void begin_retraining(const schemas::ResetModel& request, const std::string& owner);
  schemas::Message listed_models(const std::string& target, const std::string& owner);

  std::filesystem::path model_;
  Advice advice_;
  std::uint64_t model_bytes_;
  IdentifierRules rules_;
  std::vector<std::string> general_words_;
  store::Store store_;
  store::CapabilityKey capability_key_;
  Tables tables_;
  BookingTable bookings_;
  VersionTable versions_;
  DamageWatch damage_;
};

}  // namespace registry
