#include "registry/offer_limits.h"
#include "registry/registry.h"
#include "schemas/id.h"
#include "schemas/transfer.h"

// What a job makes on a host with a disk of its own comes to this one: who may send it, and what.
namespace registry {
namespace {

void require_room(const schemas::Offer& offer, std::uint64_t model_bytes) {
  std::uint64_t left = most_bytes(offer.kind, model_bytes);
  for (const auto& file : offer.files) {
    if (file.bytes > left) {
      throw executor::Error("bad_input",
                            "the " + offer.kind + " has over " +
                                std::to_string(most_bytes(offer.kind, model_bytes)) + " bytes",
                            "no training from this base model makes one so large");
    }
    left -= file.bytes;
  }
}

}  // namespace

void Registry::grant(const schemas::Message& in, executor::Outbox& out) {
  auto offer = in.as<schemas::Offer>();
  if (!schemas::is_transfer_kind(offer.kind)) {
    throw executor::Error("protocol", "there are no transfers of this kind");
  }
  if (!schemas::is_id(offer.id) || !schemas::is_id(offer.job)) {
    throw executor::Error("protocol", "the id of a transfer is malformed");
  }
  capability_key_.require({.root = in.root,
                           .kind = offer.kind,
                           .id = offer.id,
                           .right = schemas::kWrite,
                           .job = offer.job,
                           .epoch = offer.epoch},
                          offer.proof);
  require_room(offer, model_bytes_);
  const auto booking = bookings_.of_job(offer.job);
  if (!booking || booking->published || booking->owner != in.owner) {
    throw executor::Error("protocol", "job " + offer.job + " makes no version, or has made it");
  }
  if (offer.epoch < booking->epoch) {
    throw executor::Error("protocol",
                          "attempt " + std::to_string(offer.epoch) + " of the job is over");
  }
  const bool is_checkpoint = offer.kind == schemas::kCheckpointFolder;
  if (offer.id != (is_checkpoint ? offer.job : booking->settings.version)) {
    throw executor::Error("protocol", "the transfer is not that of job " + offer.job);
  }
  out.send(schemas::Message::of(schemas::Granted{std::move(offer)}));
}

}  // namespace registry
