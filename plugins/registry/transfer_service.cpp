#include "registry/transfer_service.h"

#include <utility>

#include "executor/error.h"
#include "executor/fault_point.h"
#include "executor/files/sha256.h"
#include "schemas/id.h"
#include "store/places.h"
#include "store/transfer_limits.h"

namespace registry {
namespace {

namespace fs = std::filesystem;

constexpr const char* kIncoming = "incoming";  // under store/, by job and kind

void require_id(const std::string& id) {
  if (!schemas::is_id(id)) throw executor::Error("protocol", "the id of a transfer is malformed");
}

void require_kind(const std::string& kind) {
  if (kind == schemas::kVersionFolder || kind == schemas::kReplayFolder ||
      kind == schemas::kCheckpointFolder) {
    return;
  }
  throw executor::Error("protocol", "there are no transfers of this kind");
}

void drop_all_but(const std::set<std::string>& jobs, const fs::path& folder) {
  std::error_code ignored;
  std::vector<fs::path> gone;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (!jobs.contains(entry.path().filename().string())) gone.push_back(entry.path());
  }
  for (const auto& path : gone) fs::remove_all(path, ignored);
}

// The oldest of them goes by name: which one matters little, since its pieces lie on disk.
template <typename Map>
void make_room(Map& map) {
  if (map.size() >= kMaxOpenTransfers) map.erase(map.begin());
}

std::function<void()> beat_of(executor::Outbox& out) {
  return [&out] {
    if (out.cancelled()) throw executor::Cancelled();
  };
}

}  // namespace

TransferService::TransferService(fs::path home, BookingTable& bookings,
                                 const std::set<std::string>& open_jobs)
    : home_(std::move(home)), bookings_(bookings) {
  drop_all_but(open_jobs, home_ / "store" / kIncoming);
  drop_all_but(open_jobs, home_ / "checkpoints");
}

bool TransferService::takes(const std::string& type) {
  using namespace schemas;
  return type == SameDisk::kType || type == ManifestOf::kType || type == PieceOf::kType ||
         type == Offer::kType || type == Piece::kType;
}

void TransferService::process(const schemas::Message& in, executor::Outbox& out) {
  using namespace schemas;
  if (in.type == SameDisk::kType) {
    out.send(Message::of(look_for(in.as<SameDisk>())));
  } else if (in.type == ManifestOf::kType) {
    out.send(Message::of(describe(in.as<ManifestOf>(), out)));
  } else if (in.type == PieceOf::kType) {
    send_piece(in.as<PieceOf>(), out);
  } else if (in.type == Offer::kType) {
    out.send(Message::of(take_offer(in, out)));
  } else {
    out.send(Message::of(take_piece(in)));
  }
}

schemas::SameDisk TransferService::look_for(const schemas::SameDisk& asked) const {
  require_id(asked.token);
  return {asked.token, fs::exists(store::sign(home_, asked.token))};
}

fs::path TransferService::source(const std::string& kind, const std::string& id) const {
  require_kind(kind);
  require_id(id);
  if (kind == schemas::kVersionFolder) return home_ / "store" / "versions" / id;
  if (kind == schemas::kCheckpointFolder) return home_ / "checkpoints" / id;
  const auto published = home_ / "store" / "replay" / id;
  return fs::exists(published) ? published : place(kind, id);
}

fs::path TransferService::place(const std::string& kind, const std::string& id) const {
  if (kind == schemas::kCheckpointFolder) return home_ / "checkpoints" / id;
  const bool memory = kind == schemas::kReplayFolder;
  return home_ / "store" / "staging" / (memory ? id + "-replay" : id);
}

// Read anew each time but for versions, which never change.
schemas::Manifest TransferService::describe(const schemas::ManifestOf& asked,
                                            executor::Outbox& out) {
  const auto folder = source(asked.kind, asked.id);
  if (!fs::is_directory(folder)) {
    throw executor::Error("not_found", "there is no " + asked.kind + " '" + asked.id + "'",
                          "`souvenir identifiers` lists what has been taught");
  }
  const Key key{asked.kind, asked.id};
  if (asked.kind != schemas::kVersionFolder) described_.erase(key);
  if (!described_.contains(key)) {
    auto files = store::describe(folder, beat_of(out));
    make_room(described_);
    described_[key] = std::move(files);
  }
  return {asked.kind, asked.id, described_.at(key)};
}

void TransferService::send_piece(const schemas::PieceOf& asked, executor::Outbox& out) {
  const Key key{asked.kind, asked.id};
  if (!described_.contains(key)) describe({asked.kind, asked.id}, out);
  const auto& files = described_.at(key);
  if (asked.file >= files.size() || asked.offset >= files[asked.file].bytes) {
    throw executor::Error("protocol", "a piece is asked for that is not there");
  }
  auto bytes = store::read_piece(source(asked.kind, asked.id), files[asked.file], asked.offset);
  const schemas::Piece piece{.kind = asked.kind,
                             .id = asked.id,
                             .job = "",
                             .file = asked.file,
                             .offset = asked.offset,
                             .sha256 = files::sha256_of(bytes.view())};
  out.send(schemas::Message::of(piece, {std::move(bytes)}));
}

void TransferService::require_mine(const std::string& kind, const std::string& id,
                                   const std::string& job, std::uint64_t epoch,
                                   const std::string& owner) {
  require_kind(kind);
  require_id(id);
  require_id(job);
  const auto booking = bookings_.of_job(job);
  if (!booking || booking->published || booking->owner != owner) {
    throw executor::Error("protocol", "job " + job + " makes no version, or has made it");
  }
  if (epoch < booking->epoch) {
    throw executor::Error("protocol", "attempt " + std::to_string(epoch) + " of the job is over");
  }
  if (id != (kind == schemas::kCheckpointFolder ? job : booking->settings.version)) {
    throw executor::Error("protocol", "the transfer is not that of job " + job);
  }
}

schemas::Held TransferService::take_offer(const schemas::Message& in, executor::Outbox& out) {
  auto offer = in.as<schemas::Offer>();
  require_mine(offer.kind, offer.id, offer.job, offer.epoch, in.owner);
  const Key key{offer.kind, offer.job};
  auto found = arriving_.find(key);
  const bool same = found != arriving_.end() &&
                    schemas::pack(schemas::Manifest{"", "", found->second->files()}) ==
                        schemas::pack(schemas::Manifest{"", "", offer.files});
  if (!same) {
    arriving_.erase(key);
    make_room(arriving_);
    const auto folder = home_ / "store" / kIncoming / offer.job / offer.kind;
    found = arriving_
                .insert_or_assign(key, std::make_unique<store::PartialTransfer>(
                                           folder, std::move(offer.files), beat_of(out)))
                .first;
  }
  const schemas::Held held{found->second->held()};
  if (!offer.whole) return held;
  out.expect_silence(store::time_to_flush_ms(store::bytes_of(found->second->files())));
  executor::fault_point("transfer.place");
  const auto whole = std::move(arriving_.extract(found).mapped());
  whole->finish(place(offer.kind, offer.id));
  executor::fault_point("transfer.placed");
  return held;
}

// A damaged piece changes nothing: the answer tells the sender to send it again.
schemas::Held TransferService::take_piece(const schemas::Message& in) {
  const auto piece = in.as<schemas::Piece>();
  require_mine(piece.kind, piece.id, piece.job, piece.epoch, in.owner);
  const auto found = arriving_.find({piece.kind, piece.job});
  if (found == arriving_.end() || in.blobs.size() != 1) {
    throw executor::Error("protocol", "a piece has come of no offer", "offer the transfer first");
  }
  found->second->add(piece.file, piece.offset, in.blobs[0].view(), piece.sha256);
  return {found->second->held()};
}

void TransferService::ended(const std::string& job) {
  if (!schemas::is_id(job)) return;
  std::erase_if(arriving_, [&](const auto& entry) { return entry.first.second == job; });
  described_.erase({schemas::kCheckpointFolder, job});
  std::error_code ignored;  // what stays goes at the next start
  fs::remove_all(home_ / "store" / kIncoming / job, ignored);
  fs::remove_all(home_ / "checkpoints" / job, ignored);
}

}  // namespace registry
