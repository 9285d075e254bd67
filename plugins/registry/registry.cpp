#include "registry/registry.h"

#include <map>
#include <set>

#include "compute/open_model.h"
#include "compute/time_budget.h"
#include "executor/fault_point.h"
#include "executor/files/bytes_below.h"
#include "registry/draw_request.h"
#include "registry/general_words.h"
#include "registry/request_checks.h"
#include "registry/target_checks.h"
#include "registry/train_request.h"
#include "schemas/generate.h"
#include "schemas/identifiers.h"
#include "schemas/models.h"
#include "schemas/request_limits.h"
#include "schemas/stored.h"
#include "schemas/transfer.h"
#include "store/job_capabilities.h"
#include "store/layout.h"

namespace registry {

Registry::Registry(const executor::Setup& setup)
    : model_(compute::open_model(setup)),
      advice_(read_advice(model_)),
      model_bytes_(files::bytes_below(model_)),
      rules_(model_),
      general_words_(read_general_words(model_)),
      store_(setup.home),
      capability_key_(setup.home),
      tables_(store::registry_database(setup.home)),
      bookings_(tables_.database()),
      versions_(tables_.database()),
      damage_(store_, versions_) {
  // Jobs that ended while this process was away: their identifiers are free again.
  for (const auto& version : bookings_.release_all_but(setup.open_jobs)) store_.discard(version);
  store_.drop_jobs_but(setup.open_jobs);
  // A file that was made just now knows nothing of the versions that lie there, and one with
  // damaged rows not all of them.
  if (!tables_.is_new() && !tables_.has_damaged()) sweep();
}

void Registry::sweep() {
  const auto has_line = [this](const std::string& version) {
    return versions_.is_learned(version);
  };
  const auto training = bookings_.versions_in_training();
  store_.sweep([this](const std::string& version) { return versions_.is_kept(version); }, has_line,
               [&](const std::string& version) { return training.contains(version); });
}

void Registry::process(const schemas::Message& in, executor::Outbox& out) {
  using Handler = void (Registry::*)(const schemas::Message&, executor::Outbox&);
  static const std::map<std::string, Handler> handlers = {
      {schemas::Finetune::kType, &Registry::plan},
      {schemas::Retrain::kType, &Registry::plan},
      {schemas::RetrainOwn::kType, &Registry::plan},
      {schemas::Stored::kType, &Registry::publish},
      {schemas::Offer::kType, &Registry::grant},
      {schemas::Generate::kType, &Registry::draw},
      {schemas::Identifiers::kType, &Registry::list},
      {schemas::ListIdentifiersNCategories::kType, &Registry::list_by_target},
      {schemas::Models::kType, &Registry::models},
      {schemas::Rollback::kType, &Registry::roll_back},
      {schemas::ResetModel::kType, &Registry::reset},
      {schemas::RollbackOwn::kType, &Registry::roll_back_own},
      {schemas::ResetOwn::kType, &Registry::reset_own},
      {schemas::Forget::kType, &Registry::forget},
      {schemas::Suggest::kType, &Registry::suggest},
      {schemas::RareIdentifiers::kType, &Registry::set_words}};
  if (in.type != schemas::Offer::kType) damage_.look();
  const auto handler = handlers.find(in.type);
  if (handler == handlers.end()) {
    throw executor::Error("protocol", "the registry does not take " + in.type);
  }
  (this->*handler->second)(in, out);
}

void Registry::ended(const std::string& job, executor::Outcome outcome) {
  store_.drop_job(job);
  damage_.ended(job, outcome, DamageWatch::Clock::now());
  try {
    if (const auto version = bookings_.release(job)) {
      store_.discard(*version);
      drop(*version);  // it may have been moved already, but not committed
    }
  } catch (const std::exception&) {
    // The booking is freed at the next start.
  }
}

void Registry::plan(const schemas::Message& in, executor::Outbox& out) {
  auto booking = bookings_.of_job(in.job);
  if (booking) {
    bookings_.raise_epoch(in.job, in.epoch);
  } else {
    booking = in.type == schemas::Finetune::kType ? book(in) : book_retraining(in);
  }
  if (!is_retraining(booking->settings)) warn(*booking, in.blobs.size(), out);
  damage_.uses(in.job, booking->settings.base);
  auto settings = booking->settings;
  store::add_capabilities(settings, in, capability_key_);  // of each attempt its own
  out.send(schemas::Message::of(schemas::Plan{std::move(settings)}, in.blobs));
}

Booking Registry::book(const schemas::Message& in) {
  const auto request = read_request<schemas::Finetune>(in);
  require_no_retraining(request.target_model, in.owner);
  Booking booking{
      .owner = in.owner,
      .job = in.job,
      .epoch = in.epoch,
      .published = false,
      .settings = settle(request, in.blobs.size(), advice_.for_target(request.target_model))};
  auto& settings = booking.settings;
  settings.base = current(settings.target_model, in.owner);
  const auto line = line_of(settings.target_model, in.owner);
  if (!line.empty()) {
    settings.replay = replay_of(line);
    settings.general = general_words_for(settings, general_words_);
  }
  complete(settings, choose_identifier(in, request), store::new_version_id());
  executor::fault_point("registry.book");
  bookings_.book(booking);
  executor::fault_point("registry.booked");
  return booking;
}

std::vector<schemas::Replay> Registry::replay_of(const std::string& line) {
  std::vector<schemas::Replay> replay;
  for (const auto& booking : bookings_.learned_by(line)) {
    const auto& plan = booking.settings;
    replay.push_back({plan.identifier, plan.category, plan.instance_prompt, plan.version});
  }
  return replay;
}

std::string Registry::choose_identifier(const schemas::Message& in,
                                        const schemas::Finetune& request) {
  const auto& category = request.category;
  if (const auto& asked = request.identifier) {
    if (const auto why = rules_.objection(*asked, category)) {
      throw executor::Error("bad_input", "the identifier " + quoted(*asked) + " " + *why,
                            "give a rare word such as 'sks', or none: one is chosen then");
    }
    return *asked;
  }
  const auto words = free_identifiers(in.owner, request.target_model, category, 1);
  if (!words.empty()) return words.front();
  throw executor::Error("unavailable", "no identifier is left for you",
                        "ask for one by name with 'identifier', or add words to identifiers.txt "
                        "in the model's folder");
}

std::vector<std::string> Registry::free_identifiers(const std::string& owner,
                                                    const std::string& target,
                                                    const std::string& category,
                                                    std::size_t count) {
  auto words = bookings_.rare_identifiers();
  if (words.empty()) words = rules_.candidates();
  // The weights still draw what was removed.
  const auto line = line_of(target, owner);
  const auto seen = line.empty() ? std::set<std::string>() : versions_.words_seen_by(line);
  std::vector<std::string> found;
  for (const auto& word : words) {
    if (found.size() == count) break;
    const bool used = seen.contains(word) || bookings_.taken(owner, target, word) ||
                      bookings_.used_by(owner, word);
    if (!used && !rules_.objection(word, category)) found.push_back(word);
  }
  return found;
}

std::string Registry::current(const std::string& target, const std::string& owner) {
  const auto line = line_of(target, owner);
  if (line.empty()) return kPretrained;
  return versions_.current(line).value_or(kPretrained);
}

void Registry::warn(const Booking& booking, std::size_t pictures, executor::Outbox& out) {
  const auto& settings = booking.settings;
  out.progress({.text = "booked " + settings.identifier + " " + settings.category});
  using schemas::kFewPictures, schemas::kManyPictures;
  if (pictures < kFewPictures || pictures > kManyPictures) {
    out.progress({.text = "warning: " + std::to_string(pictures) +
                          (pictures == 1 ? " picture; " : " pictures; ") +
                          std::to_string(kFewPictures) + " to " + std::to_string(kManyPictures) +
                          " work best"});
  }
  const auto unseen = warning_about(settings.category, rules_.captions());
  if (!unseen.empty()) out.progress({.text = "warning: " + unseen});
}

std::set<std::string> Registry::lost_to(const std::string& owner) {
  auto lost = versions_.lost(line_of(kPrivateMeta, owner));
  lost.merge(versions_.lost(line_of(kMeta, owner)));
  return lost;
}

void Registry::draw(const schemas::Message& in, executor::Outbox& out) {
  const auto request = read_request<schemas::Generate>(in);
  const Drawable drawable{.bookings = bookings_.usable_by(in.owner),
                          .private_meta = current(kPrivateMeta, in.owner),
                          .meta = current(kMeta, in.owner),
                          .lost = lost_to(in.owner)};
  schemas::Generation generation{resolve(request, drawable, advice_.one)};
  const auto& settings = generation.settings;
  generation.capabilities = store::capabilities_for(settings, in, capability_key_);
  if (is_metamodel(settings.target_model)) damage_.uses(in.job, settings.version);
  out.send(schemas::Message::of(generation));
}

}  // namespace registry
