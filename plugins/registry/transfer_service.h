#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "executor/executor.h"
#include "registry/booking_table.h"
#include "schemas/transfer.h"
#include "store/partial_transfer.h"

namespace registry {

/// Transfers that are open at once; the others are read again when their next piece comes.
inline constexpr std::size_t kMaxOpenTransfers = 16;

/// The registry's side of /store: lets stages on hosts with a disk of their own read versions,
/// memories and checkpoints, and takes in what an attempt of a job has made there: the version and
/// its memory into store/staging, from where it is published as if it had been written here, the
/// checkpoint into home/checkpoints/JOB, from where whoever goes on with the job gets it. Only
/// stages reach the route, and they are trusted with every user's models; what they send must
/// belong to the present attempt of a job that has not ended.
class TransferService {
 public:
  /// `bookings` must outlive this. Drops what has come for jobs that are not in `open_jobs`.
  TransferService(std::filesystem::path home, BookingTable& bookings,
                  const std::set<std::string>& open_jobs);

  /// Answers one message of schemas/transfer.h. Throws Error.
  void process(const schemas::Message& in, executor::Outbox& out);
  static bool takes(const std::string& type);

  /// Drops the job's checkpoint, and what of its transfers has not come to its end.
  void ended(const std::string& job);

 private:
  schemas::SameDisk look_for(const schemas::SameDisk& asked) const;
  schemas::Manifest describe(const schemas::ManifestOf& asked, executor::Outbox& out);
  void send_piece(const schemas::PieceOf& asked, executor::Outbox& out);
  schemas::Held take_offer(const schemas::Message& in, executor::Outbox& out);
  schemas::Held take_piece(const schemas::Message& in);
  /// Throws Error unless `id` is what the present attempt of the job makes.
  void require_mine(const std::string& kind, const std::string& id, const std::string& job,
                    std::uint64_t epoch, const std::string& owner);
  std::filesystem::path source(const std::string& kind, const std::string& id) const;
  std::filesystem::path place(const std::string& kind, const std::string& id) const;

  std::filesystem::path home_;
  BookingTable& bookings_;
  using Key = std::pair<std::string, std::string>;  // kind, id
  std::map<Key, store::Files> described_;
  std::map<Key, std::unique_ptr<store::PartialTransfer>> arriving_;  // kind, job
};

}  // namespace registry
