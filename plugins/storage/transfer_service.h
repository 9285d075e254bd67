#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "executor/executor.h"
#include "schemas/training.h"
#include "schemas/transfer.h"
#include "store/capability_key.h"
#include "store/partial_transfer.h"
#include "store/recently_used.h"

namespace storage {

/// The far end of TransferClient: lets stages on hosts with a disk of their own read versions,
/// replays and checkpoints, and takes in what an attempt of a job has made there: the version and
/// its replay into store/staging, from where it is published as if it had been written here, the
/// checkpoint into home/checkpoints/JOB, from where whoever goes on with the job gets it.
///
/// Only stages reach the routes, and none is trusted with more than its job: each request shows the
/// proof that the registry has given the job for this artefact (CapabilityKey), else it is
/// `forbidden`, whether there is such an artefact or not. What they send must belong to the present
/// attempt of a job that has not ended, which the registry sees to: an offer comes from it, and a
/// piece is taken only of an offer that is open here.
class TransferService {
 public:
  explicit TransferService(std::filesystem::path home);

  /// Answers one message of schemas/transfer.h. Throws Error.
  void process(const schemas::Message& in, executor::Outbox& out);
  /// Throws Error(forbidden) unless the job of `in` may write, in this attempt, what it has
  /// trained.
  void require_own(const schemas::Message& in, const schemas::TrainSettings& settings);

 private:
  /// What arrives for an attempt of a job.
  struct Arrival {
    std::string id, owner;
    std::uint64_t epoch = 0;
    std::unique_ptr<store::PartialTransfer> transfer;
  };
  using Key = std::pair<std::string, std::string>;  // kind, and id or job

  const store::CapabilityKey& key();
  schemas::SameDisk look_for(const schemas::SameDisk& asked) const;
  const store::Files& files_of(const std::string& kind, const std::string& id,
                               executor::Outbox& out);
  schemas::Manifest describe(const schemas::Message& in, executor::Outbox& out);
  void send_piece(const schemas::Message& in, executor::Outbox& out);
  schemas::Held take_offer(const schemas::Message& in, executor::Outbox& out);
  schemas::Held take_piece(const schemas::Message& in);
  Arrival& open(schemas::Offer& offer, const std::string& owner, executor::Outbox& out);
  std::filesystem::path source(const std::string& kind, const std::string& id) const;
  std::filesystem::path place(const std::string& kind, const std::string& id) const;

  std::filesystem::path home_;
  std::optional<store::CapabilityKey> key_;
  store::RecentlyUsed<Key, store::Files> described_;  // kind, id
  store::RecentlyUsed<Key, Arrival> arriving_;        // kind, job
};

}  // namespace storage
