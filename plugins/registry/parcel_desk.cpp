#include "registry/parcel_desk.h"

#include <utility>

#include "executor/error.h"
#include "executor/fault_point.h"
#include "parcels/limits.h"
#include "parcels/places.h"
#include "schemas/id.h"

namespace registry {
namespace {

namespace fs = std::filesystem;

constexpr const char* kIncoming = "incoming";  // under store/, by job and kind

void require_id(const std::string& id) {
  if (!schemas::is_id(id)) throw executor::Error("protocol", "the id of a parcel is malformed");
}

void require_kind(const std::string& kind) {
  if (kind == schemas::kVersionParcel || kind == schemas::kMemoryParcel ||
      kind == schemas::kCheckpointParcel) {
    return;
  }
  throw executor::Error("protocol", "there are no parcels of this kind");
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
  if (map.size() >= kMaxOpenParcels) map.erase(map.begin());
}

std::function<void()> beat_of(executor::Outbox& out) {
  return [&out] {
    if (out.cancelled()) throw executor::Cancelled();
  };
}

}  // namespace

ParcelDesk::ParcelDesk(fs::path home, BookingTable& bookings,
                       const std::set<std::string>& open_jobs)
    : home_(std::move(home)), bookings_(bookings) {
  drop_all_but(open_jobs, home_ / "store" / kIncoming);
  drop_all_but(open_jobs, home_ / "checkpoints");
}

bool ParcelDesk::takes(const std::string& type) {
  using namespace schemas;
  return type == SameHome::kType || type == ParcelOf::kType || type == PieceOf::kType ||
         type == Offer::kType || type == Piece::kType;
}

void ParcelDesk::process(const schemas::Message& in, executor::Outbox& out) {
  using namespace schemas;
  if (in.type == SameHome::kType) {
    out.send(Message::of(look_for(in.as<SameHome>())));
  } else if (in.type == ParcelOf::kType) {
    out.send(Message::of(describe(in.as<ParcelOf>(), out)));
  } else if (in.type == PieceOf::kType) {
    send_piece(in.as<PieceOf>(), out);
  } else if (in.type == Offer::kType) {
    out.send(Message::of(take_offer(in, out)));
  } else {
    out.send(Message::of(take_piece(in)));
  }
}

schemas::SameHome ParcelDesk::look_for(const schemas::SameHome& asked) const {
  require_id(asked.token);
  return {asked.token, fs::exists(parcels::sign(home_, asked.token))};
}

fs::path ParcelDesk::source(const std::string& kind, const std::string& id) const {
  require_kind(kind);
  require_id(id);
  if (kind == schemas::kVersionParcel) return home_ / "store" / "versions" / id;
  if (kind == schemas::kCheckpointParcel) return home_ / "checkpoints" / id;
  const auto published = home_ / "store" / "memory" / id;
  return fs::exists(published) ? published : place(kind, id);
}

fs::path ParcelDesk::place(const std::string& kind, const std::string& id) const {
  if (kind == schemas::kCheckpointParcel) return home_ / "checkpoints" / id;
  const bool memory = kind == schemas::kMemoryParcel;
  return home_ / "store" / "staging" / (memory ? id + "-memory" : id);
}

// Read anew each time but for versions, which never change.
schemas::Parcel ParcelDesk::describe(const schemas::ParcelOf& asked, executor::Outbox& out) {
  const auto folder = source(asked.kind, asked.id);
  if (!fs::is_directory(folder)) {
    throw executor::Error("not_found", "there is no " + asked.kind + " '" + asked.id + "'",
                          "`souvenir identifiers` lists what has been taught");
  }
  const Key key{asked.kind, asked.id};
  if (asked.kind != schemas::kVersionParcel) described_.erase(key);
  if (!described_.contains(key)) {
    auto files = parcels::describe(folder, beat_of(out));
    make_room(described_);
    described_[key] = std::move(files);
  }
  return {asked.kind, asked.id, described_.at(key)};
}

void ParcelDesk::send_piece(const schemas::PieceOf& asked, executor::Outbox& out) {
  const Key key{asked.kind, asked.id};
  if (!described_.contains(key)) describe({asked.kind, asked.id}, out);
  const auto& files = described_.at(key);
  if (asked.file >= files.size() || asked.offset >= files[asked.file].bytes) {
    throw executor::Error("protocol", "a piece is asked for that is not there");
  }
  auto bytes = parcels::read_piece(source(asked.kind, asked.id), files[asked.file], asked.offset);
  const schemas::Piece piece{.kind = asked.kind,
                             .id = asked.id,
                             .job = "",
                             .file = asked.file,
                             .offset = asked.offset,
                             .sha256 = parcels::sha256_of(bytes.view())};
  out.send(schemas::Message::of(piece, {std::move(bytes)}));
}

void ParcelDesk::require_mine(const std::string& kind, const std::string& id,
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
  if (id != (kind == schemas::kCheckpointParcel ? job : booking->settings.version)) {
    throw executor::Error("protocol", "the parcel is not that of job " + job);
  }
}

schemas::Held ParcelDesk::take_offer(const schemas::Message& in, executor::Outbox& out) {
  auto offer = in.as<schemas::Offer>();
  require_mine(offer.kind, offer.id, offer.job, offer.epoch, in.owner);
  const Key key{offer.kind, offer.job};
  auto found = arriving_.find(key);
  const bool same =
      found != arriving_.end() && schemas::pack(schemas::Parcel{"", "", found->second->files()}) ==
                                      schemas::pack(schemas::Parcel{"", "", offer.files});
  if (!same) {
    arriving_.erase(key);
    make_room(arriving_);
    const auto folder = home_ / "store" / kIncoming / offer.job / offer.kind;
    found = arriving_
                .insert_or_assign(key, std::make_unique<parcels::Incoming>(
                                           folder, std::move(offer.files), beat_of(out)))
                .first;
  }
  const schemas::Held held{found->second->held()};
  if (!offer.whole) return held;
  out.expect_silence(parcels::time_to_flush_ms(parcels::bytes_of(found->second->files())));
  executor::fault_point("parcel.place");
  const auto whole = std::move(arriving_.extract(found).mapped());
  whole->finish(place(offer.kind, offer.id));
  executor::fault_point("parcel.placed");
  return held;
}

// A damaged piece changes nothing: the answer tells the sender to send it again.
schemas::Held ParcelDesk::take_piece(const schemas::Message& in) {
  const auto piece = in.as<schemas::Piece>();
  require_mine(piece.kind, piece.id, piece.job, piece.epoch, in.owner);
  const auto found = arriving_.find({piece.kind, piece.job});
  if (found == arriving_.end() || in.blobs.size() != 1) {
    throw executor::Error("protocol", "a piece has come of no offer", "offer the parcel first");
  }
  found->second->add(piece.file, piece.offset, in.blobs[0].view(), piece.sha256);
  return {found->second->held()};
}

void ParcelDesk::ended(const std::string& job) {
  if (!schemas::is_id(job)) return;
  std::erase_if(arriving_, [&](const auto& entry) { return entry.first.second == job; });
  described_.erase({schemas::kCheckpointParcel, job});
  std::error_code ignored;  // what stays goes at the next start
  fs::remove_all(home_ / "store" / kIncoming / job, ignored);
  fs::remove_all(home_ / "checkpoints" / job, ignored);
}

}  // namespace registry
