#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "schemas/capability.h"

namespace store {

/// What somebody wants to do with an artefact of the store.
struct Use {
  std::string root;  ///< the client's job that it is for: schemas::Message::root
  std::string kind;  ///< schemas/transfer.h
  std::string id;
  std::string right;
  std::string job = {};  ///< of a write, this and the next: the attempt of the job that makes it
  std::uint64_t epoch = 0;
};

/// The secret with which the registry says what a job may do with which artefact, and by which
/// storage, and each stage on the same disk, sees that it has said so. It lies in the home folder
/// (layout.h) and never leaves the host: what a stage elsewhere holds is proofs alone, each of one
/// use. A value; any thread.
class CapabilityKey {
 public:
  /// Reads the home's key, and makes one when there is none: of several processes that do so at
  /// once all have the same. Throws Error(bad_config) for a file that is no key or that others can
  /// read, Error(unavailable) when the disk refuses.
  explicit CapabilityKey(const std::filesystem::path& home);

  /// Throws Error(internal) when the use names no job.
  schemas::Capability grant(const Use& use) const;
  /// Throws Error(forbidden) unless grant() has given `proof` for this use. The text is the same
  /// whether there is such an artefact or not.
  void require(const Use& use, const std::string& proof) const;

  static constexpr std::size_t kBytes = 32;

 private:
  std::string bytes_;
};

}  // namespace store
