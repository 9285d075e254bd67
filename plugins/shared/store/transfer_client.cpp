#include "store/transfer_client.h"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <optional>
#include <type_traits>
#include <utility>

#include "executor/error.h"
#include "executor/fault_point.h"
#include "executor/files/file_lock.h"
#include "executor/files/sha256.h"
#include "schemas/id.h"
#include "schemas/targets.h"
#include "store/layout.h"
#include "store/same_disk_probe.h"
#include "store/transfer_limits.h"
#include "store/version_folder.h"

namespace store {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kLook{50};  // at a lock that another process holds

// Held by the one process of this host that brings a transfer into this folder.
fs::path lock_of(const fs::path& folder) {
  fs::create_directories(folder.parent_path());
  return fs::path(folder).concat(".lock");
}

void drop_oldest(const fs::path& versions) {
  std::vector<std::pair<fs::file_time_type, fs::path>> found;
  for (const auto& entry : fs::directory_iterator(versions)) {
    found.emplace_back(entry.last_write_time(), entry.path());
  }
  std::sort(found.begin(), found.end());
  std::error_code ignored;
  for (std::size_t i = 0; i + kKeptVersions < found.size(); ++i) {
    fs::remove_all(found[i].second, ignored);
  }
}

std::uint64_t sum_of(const std::vector<std::uint64_t>& bytes) {
  return std::accumulate(bytes.begin(), bytes.end(), std::uint64_t{0});
}

std::optional<std::uint64_t> first_unfinished(const Files& files,
                                              const std::vector<std::uint64_t>& held) {
  for (std::uint64_t file = 0; file < files.size(); ++file) {
    if (held[file] < files[file].bytes) return file;
  }
  return {};
}

schemas::Piece piece_of(const schemas::Offer& offer, std::uint64_t file, std::uint64_t offset,
                        const schemas::Blob& bytes) {
  return {.kind = offer.kind,
          .id = offer.id,
          .job = offer.job,
          .epoch = offer.epoch,
          .file = file,
          .offset = offset,
          .sha256 = files::sha256_of(bytes.view()),
          .proof = offer.proof};
}

}  // namespace

std::vector<executor::Call> calls() {
  using namespace schemas;
  return {{kStoreRoute, SameDisk::kType, SameDisk::kType},
          {kStoreRoute, ManifestOf::kType, Manifest::kType},
          {kStoreRoute, PieceOf::kType, Piece::kType},
          {kOfferRoute, Offer::kType, Held::kType},
          {kStoreRoute, Piece::kType, Held::kType}};
}

TransferClient::TransferClient(fs::path home, executor::Outbox& out, const schemas::Message& in,
                               std::vector<schemas::Capability> capabilities, Report report)
    : home_(std::move(home)),
      out_(out),
      root_(in.root),
      job_(in.job),
      epoch_(in.epoch),
      capabilities_(std::move(capabilities)),
      report_(std::move(report)) {}

template <typename Answer, typename Request>
Answer TransferClient::ask(const Request& request, std::vector<schemas::Blob> blobs) {
  const char* route = std::is_same_v<Request, schemas::Offer> ? kOfferRoute : kStoreRoute;
  return out_.call(route, schemas::Message::of(request, std::move(blobs))).template as<Answer>();
}

void TransferClient::beat() {
  if (out_.cancelled()) throw executor::Cancelled();
}

void TransferClient::tell(const std::string& what, std::uint64_t done, std::uint64_t total) {
  if (report_) report_(what, done, total);
}

bool TransferClient::is_home() {
  if (!is_home_) {
    const SameDiskProbe sign(home_);
    is_home_ = ask<schemas::SameDisk>(schemas::SameDisk{sign.token()}).same;
  }
  return *is_home_;
}

Use TransferClient::use_of(const std::string& kind, const std::string& id,
                           const std::string& right) const {
  return {.root = root_, .kind = kind, .id = id, .right = right, .job = job_, .epoch = epoch_};
}

// Nothing when there is none: then whoever is shown it says so.
std::string TransferClient::proof_of(const Use& use) const {
  return schemas::proof_of(capabilities_, use.kind, use.id, use.right);
}

void TransferClient::require_here(const Use& use) const {
  CapabilityKey(home_).require(use, proof_of(use));
}

void TransferClient::require_there(const Use& use) {
  ask<schemas::Manifest>(schemas::ManifestOf{.kind = use.kind,
                                             .id = use.id,
                                             .proof = proof_of(use),
                                             .asks_right = true,
                                             .right = use.right,
                                             .job = use.job,
                                             .epoch = use.epoch});
}

void TransferClient::require(const std::string& kind, const std::string& id,
                             const std::string& right) {
  const auto use = use_of(kind, id, right);
  is_home() ? require_here(use) : require_there(use);
}

void TransferClient::bring(const std::string& kind, const std::string& id, const fs::path& to) {
  const auto folder = cache_incoming(home_, kind + "-" + id);
  files::FileLock lock(lock_of(folder));
  lock.lock([this] { beat(); }, kLook);
  fetch(kind, id, to, folder);
}

bool TransferClient::bring_if_missing(const std::string& kind, const std::string& id,
                                      const fs::path& to) {
  if (!is_home()) return bring_copy(kind, id, to);
  require_here(use_of(kind, id, schemas::kRead));
  return fs::is_directory(to);
}

bool TransferClient::bring_copy(const std::string& kind, const std::string& id,
                                const fs::path& to) {
  if (fs::is_directory(to)) {
    require_there(use_of(kind, id, schemas::kRead));
    return true;
  }
  const auto folder = cache_incoming(home_, kind + "-" + id);
  files::FileLock lock(lock_of(folder));
  lock.lock([this] { beat(); }, kLook);
  if (fs::is_directory(to)) return true;  // another process was faster
  try {
    fetch(kind, id, to, folder);
  } catch (const executor::Error& error) {
    if (error.code() != "not_found") throw;
    return false;
  }
  return true;
}

void TransferClient::fetch(const std::string& kind, const std::string& id, const fs::path& to,
                           const fs::path& folder) {
  const auto proof = proof_of(use_of(kind, id, schemas::kRead));
  const auto transfer =
      ask<schemas::Manifest>(schemas::ManifestOf{.kind = kind, .id = id, .proof = proof});
  PartialTransfer arriving(folder, transfer.files, [this] { beat(); });
  const auto total = bytes_of(transfer.files);
  for (std::uint64_t file = 0; file < transfer.files.size(); ++file) {
    while (arriving.held()[file] < transfer.files[file].bytes) {
      fetch_piece({kind, id, file, arriving.held()[file], proof}, arriving);
      tell("getting " + kind + " " + id, sum_of(arriving.held()), total);
    }
  }
  out_.expect_silence(time_to_flush_ms(total));
  arriving.finish(to);
}

// Asked for again when it is damaged.
void TransferClient::fetch_piece(const schemas::PieceOf& request, PartialTransfer& arriving) {
  for (int tries = 0; tries < kTries; ++tries) {
    executor::fault_point("transfer.bring");
    const auto answer = out_.call(kStoreRoute, schemas::Message::of(request));
    const auto piece = answer.as<schemas::Piece>();
    if (answer.blobs.size() != 1) throw executor::Error("protocol", "piece.v1 has not one blob");
    if (arriving.add(request.file, request.offset, answer.blobs[0].view(), piece.sha256)) return;
  }
  throw executor::Error("unavailable",
                        "a piece of " + request.kind + " " + request.id + " has come damaged " +
                            std::to_string(kTries) + " times",
                        "look after the network between the hosts");
}

void TransferClient::bring_version(const std::string& id) {
  // Of what is no id, who uses it says what is wrong.
  if (id == schemas::kPretrained || !schemas::is_id(id)) return;
  const auto cached = cached_version(home_, id);
  if (is_home_.value_or(false) || local_version(home_, id) != cached) {  // the registry's own
    return require_here(use_of(schemas::kVersionFolder, id, schemas::kRead));
  }
  if (!bring_copy(schemas::kVersionFolder, id, cached)) return;
  std::error_code ignored;
  fs::last_write_time(cached, fs::file_time_type::clock::now(), ignored);
  drop_oldest(cached.parent_path());
}

std::vector<std::uint64_t> TransferClient::offer(const schemas::Offer& offer) {
  auto held = ask<schemas::Held>(offer).bytes;
  if (held.size() != offer.files.size()) throw executor::Error("protocol", "held.v1 does not fit");
  return held;
}

std::vector<std::uint64_t> TransferClient::send_piece(const schemas::Offer& offer,
                                                      const fs::path& folder, std::uint64_t file,
                                                      std::uint64_t offset) {
  executor::fault_point("transfer.send");
  const auto bytes = read_piece(folder, offer.files[file], offset);
  auto held = ask<schemas::Held>(piece_of(offer, file, offset, bytes), {bytes}).bytes;
  return held.size() == offer.files.size() ? held : this->offer(offer);
}

void TransferClient::send(const std::string& kind, const std::string& id, const fs::path& folder) {
  schemas::Offer offer{.kind = kind, .id = id, .job = job_, .epoch = epoch_};
  offer.proof = proof_of(use_of(kind, id, schemas::kWrite));
  offer.files = describe(folder, [this] { beat(); });
  const auto total = bytes_of(offer.files);
  auto held = this->offer(offer);
  int tries = 0;
  while (const auto file = first_unfinished(offer.files, held)) {
    const auto before = sum_of(held);
    held = send_piece(offer, folder, *file, held[*file]);
    tries = sum_of(held) > before ? 0 : tries + 1;
    if (tries == kTries) {
      throw executor::Error("unavailable", "a piece of " + kind + " " + id + " does not arrive",
                            "look after the network between the hosts");
    }
    tell("sending " + kind + " " + id, sum_of(held), total);
  }
  offer.whole = true;
  this->offer(offer);
}

}  // namespace store
