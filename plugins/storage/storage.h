#pragma once

#include <cstdint>
#include <filesystem>

#include "executor/executor.h"
#include "storage/transfer_service.h"

namespace storage {

/// What a slow disk takes for the 16 MiB that are read between two signs of life. What takes longer
/// is announced.
inline constexpr std::uint32_t kSilence_ms = 1'000;

/// All work on the registry's disk that takes as long as a model is large, in a process of its own:
/// the registry, which heads every route, answers meanwhile. It decides nothing: which version is
/// published, and who may send what, says the registry. It runs on the registry's host, and keeps
/// nothing that its successor needs.
///
/// trained.v1 -> stored.v1   seals the new version, and its replay, in the staging area
/// granted.v1, piece.v1, same_disk.v1, manifest_of.v1, piece_of.v1: see TransferService
class Storage : public executor::Executor {
 public:
  explicit Storage(const executor::Setup& setup);

  void process(const schemas::Message& in, executor::Outbox& out) override;

 private:
  void seal(const schemas::Message& in, executor::Outbox& out);

  std::filesystem::path home_;
  TransferService transfers_;
};

}  // namespace storage
