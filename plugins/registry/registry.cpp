#include "registry/registry.h"

#include "models/open_model.h"
#include "registry/draw_request.h"
#include "registry/limits.h"
#include "registry/request_checks.h"
#include "registry/targets.h"
#include "registry/train_request.h"

namespace registry {
Registry::Registry(const executor::Setup& setup)
    : model_(models::open_model(setup)),
      defaults_(read_defaults(model_)),
      rules_(model_),
      store_(setup.home),
      table_(setup.home / "registry.db") {
  // Jobs that ended while this process was away: their identifiers are free again.
  for (const auto& version : table_.release_all_but(setup.open_jobs)) store_.discard(version);
  // A file that was made just now knows nothing of the versions that lie there.
  if (!table_.is_new()) {
    store_.sweep([this](const std::string& version) { return table_.has_version(version); });
  }
}

void Registry::process(const schemas::Message& in, executor::Outbox& out) {
  if (in.type == schemas::Finetune::kType) return plan(in, out);
  if (in.type == schemas::Trained::kType) return publish(in, out);
  if (in.type == schemas::Generate::kType) return draw(in, out);
  if (in.type == schemas::Identifiers::kType) return list(in, out);
  throw executor::Error("protocol", "the registry does not take " + in.type);
}

void Registry::ended(const std::string& job, executor::Outcome outcome) {
  if (outcome == executor::Outcome::done) return;
  try {
    if (const auto version = table_.release(job)) store_.discard(*version);
  } catch (const std::exception&) {
    // The booking is freed at the next start.
  }
}

void Registry::plan(const schemas::Message& in, executor::Outbox& out) {
  auto booking = table_.of_job(in.job);
  if (booking) {
    table_.raise_epoch(in.job, in.epoch);
  } else {
    booking = book(in);
  }
  warn(*booking, in.blobs.size(), out);
  out.send(schemas::Message::of(schemas::Plan{booking->settings}, in.blobs));
}

Booking Registry::book(const schemas::Message& in) {
  const auto request = read_request<schemas::Finetune>(in);
  Booking booking{.owner = in.owner,
                  .job = in.job,
                  .epoch = in.epoch,
                  .published = false,
                  .settings = settle(request, in.blobs.size(), defaults_)};
  const auto identifier = choose_identifier(in.owner, request.identifier, request.category);
  complete(booking.settings, identifier, new_version_id());
  table_.book(booking);
  return booking;
}

std::string Registry::choose_identifier(const std::string& owner,
                                        const std::optional<std::string>& asked,
                                        const std::string& category) {
  if (asked) {
    if (const auto why = rules_.objection(*asked, category)) {
      throw executor::Error("bad_input", "the identifier " + quoted(*asked) + " " + *why,
                            "give a rare word such as 'sks', or none: one is chosen then");
    }
    return *asked;
  }
  for (const auto& word : rules_.candidates()) {
    if (!rules_.objection(word, category) && !table_.of_identifier(owner, word)) return word;
  }
  throw executor::Error("unavailable",
                        "none of the model's " + std::to_string(rules_.candidates().size()) +
                            " identifiers is left for you",
                        "ask for one by name with 'identifier', or add words to identifiers.txt "
                        "in the model's folder");
}

void Registry::warn(const Booking& booking, std::size_t pictures, executor::Outbox& out) {
  const auto& settings = booking.settings;
  out.progress({.text = "booked " + settings.identifier + " " + settings.category});
  if (pictures < kFewPictures || pictures > kManyPictures) {
    out.progress({.text = "warning: " + std::to_string(pictures) + " pictures; " +
                          std::to_string(kFewPictures) + " to " + std::to_string(kManyPictures) +
                          " work best"});
  }
  const auto unseen = warning_about(settings.category, rules_.captions());
  if (!unseen.empty()) out.progress({.text = "warning: " + unseen});
}

void Registry::publish(const schemas::Message& in, executor::Outbox& out) {
  const auto trained = in.as<schemas::Trained>();
  const auto& settings = trained.settings;
  require_booked(in, settings);
  if (const auto answer = table_.answer_of(in.job)) {
    store_.discard(settings.version);  // of a later attempt, which came too late
    return out.send(schemas::Message::of(*answer));
  }
  store_.publish(settings.version);
  const schemas::Finetuned answer{.identifier = settings.identifier,
                                  .category = settings.category,
                                  .target_model = settings.target_model,
                                  .version = settings.version,
                                  .model = store_.folder_of(settings.version).string(),
                                  .steps = trained.steps,
                                  .loss = trained.loss,
                                  .instance_loss = trained.instance_loss,
                                  .prior_loss = trained.prior_loss,
                                  .seed = settings.seed,
                                  .train_s = trained.train_s};
  table_.publish(in.job, answer);
  out.send(schemas::Message::of(answer));
}

void Registry::require_booked(const schemas::Message& in, const schemas::TrainSettings& settings) {
  const auto booking = table_.of_job(in.job);
  if (!booking) {
    // Freed because this process was started again while the job went on.
    return table_.book({.owner = in.owner, .job = in.job, .epoch = in.epoch, .settings = settings});
  }
  if (in.epoch < booking->epoch) {
    throw executor::Error("protocol", "trained.v1 is of attempt " + std::to_string(in.epoch) +
                                          " of the job, and attempt " +
                                          std::to_string(booking->epoch) + " has begun");
  }
  if (settings.version != booking->settings.version || in.owner != booking->owner) {
    throw executor::Error("protocol", "trained.v1 is not of the version that the job has booked");
  }
  table_.raise_epoch(in.job, in.epoch);
}

void Registry::draw(const schemas::Message& in, executor::Outbox& out) {
  const auto request = read_request<schemas::Generate>(in);
  out.send(schemas::Message::of(
      schemas::Generation{resolve(request, table_.of_owner(in.owner), defaults_)}));
}

void Registry::list(const schemas::Message& in, executor::Outbox& out) {
  const auto request = read_request<schemas::Identifiers>(in);
  if (!request.target_model.empty()) require_known_target(request.target_model);
  out.send(
      schemas::Message::of(schemas::IdentifierList{table_.list(in.owner, request.target_model)}));
}

}  // namespace registry
