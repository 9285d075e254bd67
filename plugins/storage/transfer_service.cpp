#include "storage/transfer_service.h"

#include <functional>

#include "executor/error.h"
#include "executor/fault_point.h"
#include "schemas/id.h"
#include "store/job_capabilities.h"
#include "store/layout.h"
#include "store/transfer_limits.h"

namespace storage {
namespace {

namespace fs = std::filesystem;

void require_id(const std::string& id) {
  if (!schemas::is_id(id)) throw executor::Error("protocol", "the id of a transfer is malformed");
}

void require_artefact(const std::string& kind, const std::string& id) {
  require_id(id);
  if (schemas::is_transfer_kind(kind)) return;
  throw executor::Error("protocol", "there are no transfers of this kind");
}

store::Use reading(const schemas::Message& in, const std::string& kind, const std::string& id) {
  require_artefact(kind, id);
  return {.root = in.root, .kind = kind, .id = id, .right = schemas::kRead};
}

/// `asked` says what is written by which attempt of a job: a manifest_of, offer or piece.
template <typename Asked>
store::Use writing(const schemas::Message& in, const Asked& asked) {
  require_artefact(asked.kind, asked.id);
  return {.root = in.root,
          .kind = asked.kind,
          .id = asked.id,
          .right = schemas::kWrite,
          .job = asked.job,
          .epoch = asked.epoch};
}

std::function<void()> beat_of(executor::Outbox& out) {
  return [&out] {
    if (out.cancelled()) throw executor::Cancelled();
  };
}

bool are_alike(const store::Files& a, const store::Files& b) {
  return schemas::pack(schemas::Manifest{"", "", a}) == schemas::pack(schemas::Manifest{"", "", b});
}

}  // namespace

TransferService::TransferService(fs::path home)
    : home_(std::move(home)),
      described_(store::kMaxOpenTransfers),
      arriving_(store::kMaxOpenTransfers) {}

void TransferService::process(const schemas::Message& in, executor::Outbox& out) {
  using namespace schemas;
  if (in.type == SameDisk::kType) {
    out.send(Message::of(look_for(in.as<SameDisk>())));
  } else if (in.type == ManifestOf::kType) {
    out.send(Message::of(describe(in, out)));
  } else if (in.type == PieceOf::kType) {
    send_piece(in, out);
  } else if (in.type == Granted::kType) {
    out.send(Message::of(take_offer(in, out)));
  } else {
    out.send(Message::of(take_piece(in)));
  }
}

// The registry makes it: before it has, there is no proof that could be shown.
const store::CapabilityKey& TransferService::key() {
  if (!key_) key_.emplace(home_);
  return *key_;
}

void TransferService::require_own(const schemas::Message& in,
                                  const schemas::TrainSettings& settings) {
  require_id(settings.version);
  store::require_own_version(key(), in, settings);
}

schemas::SameDisk TransferService::look_for(const schemas::SameDisk& asked) const {
  require_id(asked.token);
  return {asked.token, fs::exists(store::probe_file(home_, asked.token))};
}

fs::path TransferService::source(const std::string& kind, const std::string& id) const {
  if (kind == schemas::kVersionFolder) return store::published_folder(home_, id);
  if (kind == schemas::kCheckpointFolder) return store::checkpoint_folder(home_, id);
  const auto published = store::replay_folder(home_, id);
  return fs::exists(published) ? published : place(kind, id);
}

fs::path TransferService::place(const std::string& kind, const std::string& id) const {
  if (kind == schemas::kCheckpointFolder) return store::checkpoint_folder(home_, id);
  if (kind == schemas::kReplayFolder) return store::staged_replay_folder(home_, id);
  return store::staging_folder(home_, id);
}

const store::Files& TransferService::files_of(const std::string& kind, const std::string& id,
                                              executor::Outbox& out) {
  if (const auto* known = described_.find({kind, id})) return *known;
  const auto folder = source(kind, id);
  if (!fs::is_directory(folder)) {
    throw executor::Error("not_found", "there is no " + kind + " '" + id + "'",
                          "`souvenir identifiers` lists what has been taught");
  }
  return described_.put({kind, id}, store::describe(folder, beat_of(out)));
}

// Read again each time but for versions, which never change.
schemas::Manifest TransferService::describe(const schemas::Message& in, executor::Outbox& out) {
  const auto asked = in.as<schemas::ManifestOf>();
  const bool writes = asked.asks_right && asked.right == schemas::kWrite;
  key().require(writes ? writing(in, asked) : reading(in, asked.kind, asked.id), asked.proof);
  if (asked.asks_right) return {asked.kind, asked.id, {}};
  const bool is_there = fs::is_directory(source(asked.kind, asked.id));
  if (asked.kind != schemas::kVersionFolder || !is_there) described_.erase({asked.kind, asked.id});
  return {asked.kind, asked.id, files_of(asked.kind, asked.id, out)};
}

void TransferService::send_piece(const schemas::Message& in, executor::Outbox& out) {
  const auto asked = in.as<schemas::PieceOf>();
  key().require(reading(in, asked.kind, asked.id), asked.proof);
  const auto& files = files_of(asked.kind, asked.id, out);
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

// Goes on with what is open of the same files; an offer of others begins from the start.
TransferService::Arrival& TransferService::open(schemas::Offer& offer, const std::string& owner,
                                                executor::Outbox& out) {
  const Key key{offer.kind, offer.job};
  auto* found = arriving_.find(key);
  if (found == nullptr || !are_alike(found->transfer->files(), offer.files)) {
    arriving_.erase(key);
    const auto folder = store::arriving_folder(home_, offer.job) / offer.kind;
    found = &arriving_.put(key, {.id = {},
                                 .owner = {},
                                 .transfer = std::make_unique<store::PartialTransfer>(
                                     folder, std::move(offer.files), beat_of(out))});
  }
  found->id = offer.id;
  found->owner = owner;
  found->epoch = offer.epoch;
  return *found;
}

schemas::Held TransferService::take_offer(const schemas::Message& in, executor::Outbox& out) {
  auto offer = in.as<schemas::Granted>().offer;
  key().require(writing(in, offer), offer.proof);
  auto& arrival = open(offer, in.owner, out);
  const schemas::Held held{arrival.transfer->held()};
  if (!offer.whole) return held;
  out.expect_silence(store::time_to_flush_ms(store::bytes_of(arrival.transfer->files())));
  executor::fault_point("transfer.place");
  const auto whole = std::move(arrival.transfer);
  arriving_.erase({offer.kind, offer.job});
  whole->finish(place(offer.kind, offer.id));
  executor::fault_point("transfer.placed");
  return held;
}

// A damaged piece changes nothing: the answer tells the sender to send it again. Of one that
// belongs to no open offer the registry has to be asked whether it may still come.
schemas::Held TransferService::take_piece(const schemas::Message& in) {
  const auto piece = in.as<schemas::Piece>();
  key().require(writing(in, piece), piece.proof);
  if (in.blobs.size() != 1) throw executor::Error("protocol", "piece.v1 has not one blob");
  auto* found = arriving_.find({piece.kind, piece.job});
  if (found == nullptr || found->id != piece.id || found->owner != in.owner ||
      found->epoch != piece.epoch) {
    return {};
  }
  found->transfer->add(piece.file, piece.offset, in.blobs[0].view(), piece.sha256);
  return {found->transfer->held()};
}

}  // namespace storage
