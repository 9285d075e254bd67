#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "executor/executor.h"
#include "executor/plugin.h"
#include "schemas/capability.h"
#include "store/capability_key.h"
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
///
/// Whatever is used is first seen to be the job's: by the key of the home on the registry's disk,
/// by storage elsewhere, also when a copy is here already. For the settings of a job come by way of
/// other stages, and one of those may lie. Every function below throws Error(forbidden) for an
/// artefact that the job has no capability for, whether there is one or not.
class TransferClient {
 public:
  /// Told after each piece; every one is a beat as well.
  using Report =
      std::function<void(const std::string& what, std::uint64_t done, std::uint64_t total)>;

  /// For the job and the attempt of `in`, whose settings came with `capabilities`. `out` must
  /// outlive this.
  TransferClient(std::filesystem::path home, executor::Outbox& out, const schemas::Message& in,
                 std::vector<schemas::Capability> capabilities, Report report = {});

  /// Whether the registry sees this home folder too: asks it for a file that was made just now.
  /// Throws Error(unavailable) when none can be made.
  bool is_home();

  /// That the job may do this with the artefact. To be asked before something is written that
  /// becomes one.
  void require(const std::string& kind, const std::string& id, const std::string& right);

  /// Copies a transfer of the registry's host to `to`, in the place of what is there; goes on with
  /// what an earlier try has left. Of several processes on a host one does it, the others wait.
  /// Throws Error(not_found) when the registry has none; Error(unavailable) when it arrives damaged
  /// several times, or the disk refuses; Cancelled.
  void bring(const std::string& kind, const std::string& id, const std::filesystem::path& to);
  /// Likewise, unless it is here, there is none or this is its host. Whether it is here now.
  bool bring_if_missing(const std::string& kind, const std::string& id,
                        const std::filesystem::path& to);

  /// Makes sure that a version is where version_folder() finds it, and drops those from
  /// elsewhere that were not used for longest. Nothing for "pretrained".
  void bring_version(const std::string& id);

  /// Copies a folder to its place on the registry's host; goes on with what an earlier attempt has
  /// sent. Throws what the registry says; Error(unavailable) when it arrives damaged several times;
  /// Cancelled.
  void send(const std::string& kind, const std::string& id, const std::filesystem::path& folder);

 private:
  std::vector<std::uint64_t> offer(const schemas::Offer& offer);
  /// What is held now; offers again when the piece was one of no offer that is open.
  std::vector<std::uint64_t> send_piece(const schemas::Offer& offer,
                                        const std::filesystem::path& folder, std::uint64_t file,
                                        std::uint64_t offset);
  template <typename Answer, typename Request>
  Answer ask(const Request& request, std::vector<schemas::Blob> blobs = {});
  void fetch(const std::string& kind, const std::string& id, const std::filesystem::path& to,
             const std::filesystem::path& folder);
  void fetch_piece(const schemas::PieceOf& request, PartialTransfer& arriving);
  bool bring_copy(const std::string& kind, const std::string& id, const std::filesystem::path& to);
  void require_here(const Use& use) const;
  void require_there(const Use& use);
  Use use_of(const std::string& kind, const std::string& id, const std::string& right) const;
  std::string proof_of(const Use& use) const;
  void beat();
  void tell(const std::string& what, std::uint64_t done, std::uint64_t total);

  std::filesystem::path home_;
  executor::Outbox& out_;
  std::string root_, job_;
  std::uint64_t epoch_;
  std::vector<schemas::Capability> capabilities_;
  Report report_;
  std::optional<bool> is_home_;
};

}  // namespace store
