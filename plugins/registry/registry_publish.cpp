#include <cstdio>

#include "executor/fault_point.h"
#include "registry/registry.h"
#include "registry/target_checks.h"
#include "schemas/stored.h"

// A version that a job has trained becomes the one that its identifier, or its metamodel, stands
// for.
namespace registry {

// What is published is what the registry has booked for the job: of what the message says of it,
// the figures alone count.
void Registry::publish(const schemas::Message& in, executor::Outbox& out) {
  const auto trained = in.as<schemas::Stored>().trained;
  const auto answer_before = bookings_.answer_of(in.job);
  const bool is_forgotten = answer_before && !bookings_.of_job(in.job);
  if (is_forgotten) return out.send(schemas::Message::of(*answer_before));
  const auto booking = booked(in, trained.settings);
  const auto& settings = booking.settings;
  if (answer_before) {
    store_.discard(settings.version);  // of a later attempt, which came too late
    return out.send(schemas::Message::of(*answer_before));
  }
  require_current(settings, in.owner);
  store_.publish(settings.version, is_metamodel(settings.target_model) && !is_retraining(settings));
  executor::fault_point("publish.moved");
  const schemas::Finetuned answer{.identifier = settings.identifier,
                                  .category = settings.category,
                                  .target_model = settings.target_model,
                                  .version = settings.version,
                                  .model = store_.folder_of(settings.version).string(),
                                  .steps = trained.steps,
                                  .loss = trained.loss,
                                  .instance_loss = trained.instance_loss,
                                  .prior_loss = trained.prior_loss,
                                  .seed = settings.seed.value_or(0),
                                  .train_s = trained.train_s,
                                  .retention = trained.retention};
  bookings_.publish(in.job, answer);
  retire(line_of(settings.target_model, in.owner));
  out.send(schemas::Message::of(answer));
}

// The version is published: what goes wrong from here on must not say that the job has failed. What
// was not removed is when the next version is published.
void Registry::retire(const std::string& line) {
  try {
    executor::fault_point("publish.committed");
    if (line.empty()) return;
    for (const auto& version : versions_.retire(line)) store_.remove(version);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "older versions are not removed: %s\n", error.what());
  }
}

Booking Registry::booked(const schemas::Message& in, const schemas::TrainSettings& settings) {
  auto booking = bookings_.of_job(in.job);
  // Freed because this process was started again while the job went on.
  if (!booking) booking = bookings_.book_again(in.job);
  if (!booking) throw executor::Error("protocol", "stored.v1 is of a job that has booked nothing");
  if (in.epoch < booking->epoch) {
    throw executor::Error("protocol", "stored.v1 is of attempt " + std::to_string(in.epoch) +
                                          " of the job, and attempt " +
                                          std::to_string(booking->epoch) + " has begun");
  }
  if (settings.version != booking->settings.version || in.owner != booking->owner) {
    throw executor::Error("protocol", "stored.v1 is not of the version that the job has booked");
  }
  bookings_.raise_epoch(in.job, in.epoch);
  return *booking;
}

// Another job has published meanwhile, or the version was taken back: what this one has learned
// would undo it. That the version was damaged after this job had read it does not matter.
void Registry::require_current(const schemas::TrainSettings& settings, const std::string& owner) {
  const auto lost = versions_.lost(line_of(settings.target_model, owner));
  const auto& before = is_retraining(settings) ? settings.replaces : settings.base;
  if (before == current(settings.target_model, owner) || lost.contains(before)) return;
  throw executor::Error("unavailable",
                        "target_model '" + settings.target_model +
                            "' has changed since this job "
                            "began",
                        "train again; the flow file keeps such jobs apart by "
                        "serial = [\"target_model\"]");
}

}  // namespace registry
