#include <utility>

#include "registry/general_words.h"
#include "registry/registry.h"
#include "registry/request_checks.h"
#include "registry/target_checks.h"
#include "registry/train_request.h"
#include "schemas/models.h"

// A metamodel that is retrained: on all that it is to keep, from the pretrained model.
namespace registry {
namespace {

schemas::Retrain retrain_of(const schemas::Message& in) {
  if (in.type == schemas::Retrain::kType) return read_request<schemas::Retrain>(in);
  const auto own = read_request<schemas::RetrainOwn>(in);
  require_valid(own);
  require_own(own.target_model);
  return {own.target_model, own.max_train_steps, own.seed};
}

}  // namespace

Booking Registry::book_retraining(const schemas::Message& in) {
  const auto request = retrain_of(in);
  const auto& target = request.target_model;
  require_valid(request);
  require_idle(target, in.owner);
  auto things = replay_of(line_of(target, in.owner));
  if (things.empty()) {
    throw executor::Error("not_found", "target_model '" + target + "' knows no thing",
                          "'models reset' makes it the pretrained model again");
  }
  Booking booking{.owner = in.owner,
                  .job = in.job,
                  .epoch = in.epoch,
                  .published = false,
                  .settings = settle(request, things.size(), advice_.for_target(target))};
  auto& settings = booking.settings;
  settings.replaces = current(target, in.owner);
  settings.replay = std::move(things);
  settings.general = general_words_for(settings, general_words_);
  settings.version = store::new_version_id();
  bookings_.book(booking);
  return booking;
}

void Registry::require_no_retraining(const std::string& target, const std::string& owner) {
  if (!is_metamodel(target) || !bookings_.in_retraining(target, owner)) return;
  throw executor::Error("unavailable", "a job is retraining target_model '" + target + "'",
                        "wait for it, or cancel it: 'jobs' lists it");
}

}  // namespace registry
