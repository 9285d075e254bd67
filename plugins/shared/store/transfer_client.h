#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "executor/executor.h"
#include "executor/plugin.h"
#include "store/manifest.h"
#include "store/partial_transfer.h"

namespace store {

inline constexpr const char* kStoreRoute = "/store";
inline constexpr const char* kOfferRoute = "/offer";  ///< the registry says whether it may come

/// What a plugin that uses a TransferClient names in its table.
std::vector<executor::Call> calls();

/// A stage's way to the registry's disk, for as long as one process() call. On a host that shares
/// SOUVENIR_HOME with the registry nothing is copied: there is nothing to bring, and is_home() is
/// true.
class TransferClient {
 public:
  /// Told after each piece; every one is a beat as well.
  using Report =
      std::function<void(const std::string& what, std::uint64_t done, std::uint64_t total)>;

  /// `out` must outlive this.
  TransferClient(std::filesystem::path home, executor::Outbox& out, Report report = {});

  /// Whether the registry sees this home folder too: asks it for a file that was made just now.
  /// Throws Error(unavailable) when none can be made.
  bool is_home();

  /// Copies a transfer of the registry's host to `to`, in the place of what is there; goes on with
  /// what an earlier try has left. Of several processes on a host one does it, the others wait.
  /// Throws Error(not_found) when the registry has none; Error(unavailable) when it arrives damaged
  /// several times, or the disk refuses; Cancelled.
  void bring(const std::string& kind, const std::string& id, const std::filesystem::path& to);
  /// Likewise, unless it is here or there is none. Whether it is here now.
  bool bring_if_missing(const std::string& kind, const std::string& id,
                        const std::filesystem::path& to);

  /// Makes sure that a version is where version_folder() finds it, and drops those from
  /// elsewhere that were not used for longest. Nothing for "pretrained".
  void bring_version(const std::string& id);

  /// Copies a folder to its place on the registry's host, for an attempt of a job; goes on with
  /// what an earlier one has sent. Throws what the registry says; Error(unavailable) when it
  /// arrives damaged several times; Cancelled.
  struct Sender {
    std::string job;
    std::uint64_t epoch = 0;
  };
  void send(const std::string& kind, const std::string& id, const std::filesystem::path& folder,
            const Sender& sender);

 private:
  std::vector<std::uint64_t> offer(const schemas::Offer& offer);
  /// What is held now; offers anew when the piece was one of no offer that is open.
  std::vector<std::uint64_t> send_piece(const schemas::Offer& offer,
                                        const std::filesystem::path& folder, std::uint64_t file,
                                        std::uint64_t offset);
  template <typename Answer, typename Request>
  Answer ask(const Request& request, std::vector<schemas::Blob> blobs = {});
  void fetch(const std::string& kind, const std::string& id, const std::filesystem::path& to,
             const std::filesystem::path& folder);
  void fetch_piece(const schemas::PieceOf& request, PartialTransfer& arriving);
  void beat();
  void tell(const std::string& what, std::uint64_t done, std::uint64_t total);

  std::filesystem::path home_;
  executor::Outbox& out_;
  Report report_;
};

}  // namespace store
