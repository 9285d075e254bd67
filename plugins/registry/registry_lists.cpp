#include <algorithm>

#include "registry/registry.h"
#include "registry/request_checks.h"
#include "registry/target_checks.h"
#include "schemas/identifiers.h"
#include "schemas/models.h"

// The registry's lists, and what takes things and versions away again.
namespace registry {

std::vector<Booking> Registry::published(const std::string& owner) {
  auto bookings = bookings_.usable_by(owner);
  std::erase_if(bookings, [](const Booking& booking) { return !booking.published; });
  return bookings;
}

std::string Registry::folder_of(const std::string& version) const {
  return (version == kPretrained ? model_ : store_.folder_of(version)).string();
}

void Registry::list(const schemas::Message& in, executor::Outbox& out) {
  const auto request = read_request<schemas::Identifiers>(in);
  require_valid(request);
  schemas::IdentifierList answer;
  for (const auto& booking : published(in.owner)) {
    const auto& plan = booking.settings;
    if (!request.target_model.empty() && plan.target_model != request.target_model) continue;
    const bool alone = plan.target_model == kPrivate;
    const auto version = alone ? plan.version : current(plan.target_model, booking.owner);
    answer.identifiers.push_back({.identifier = plan.identifier,
                                  .category = plan.category,
                                  .target_model = plan.target_model,
                                  .owner = booking.owner,
                                  .version = version,
                                  .model = folder_of(version),
                                  .created = booking.created});
  }
  out.send(schemas::Message::of(answer));
}

void Registry::list_by_target(const schemas::Message& in, executor::Outbox& out) {
  schemas::IdentifiersNCategories answer;
  for (const auto& booking : published(in.owner)) {
    const auto& plan = booking.settings;
    if (plan.target_model == kPrivate) answer.private_[plan.identifier] = plan.category;
    if (plan.target_model == kPrivateMeta) answer.private_meta[plan.identifier] = plan.category;
    if (plan.target_model != kMeta) continue;
    if (!answer.meta) answer.meta.emplace();
    answer.meta->emplace(plan.identifier, plan.category);
  }
  out.send(schemas::Message::of(answer));
}

schemas::Message Registry::listed_models(const std::string& target, const std::string& owner) {
  schemas::ModelList list;
  for (const char* metamodel : {kPrivateMeta, kMeta}) {
    if (!target.empty() && target != metamodel) continue;
    for (auto& [version, kept] : versions_.of_line(line_of(metamodel, owner))) {
      if (kept) version.model = store_.folder_of(version.version).string();
      list.versions.push_back(std::move(version));
    }
  }
  return schemas::Message::of(list);
}

void Registry::models(const schemas::Message& in, executor::Outbox& out) {
  const auto request = read_request<schemas::Models>(in);
  require_valid(request);
  out.send(listed_models(request.target_model, in.owner));
}

// What is in training goes on from the version that is there now.
void Registry::require_idle(const std::string& target, const std::string& owner) {
  if (!is_metamodel(target) || !bookings_.in_training(target, owner)) return;
  throw executor::Error("unavailable", "a job trains target_model '" + target + "' now",
                        "wait for it, or cancel it: 'jobs' lists it");
}

void Registry::drop(const std::string& version) {
  store_.remove(version);
  store_.forget(version);
}

void Registry::take_back(const std::string& target, const std::string& owner) {
  require_idle(target, owner);
  drop(versions_.roll_back(line_of(target, owner)));
}

void Registry::roll_back(const schemas::Message& in, executor::Outbox& out) {
  const auto request = read_request<schemas::Rollback>(in);
  require_valid(request);
  take_back(request.target_model, in.owner);
  out.send(listed_models(request.target_model, in.owner));
}

void Registry::roll_back_own(const schemas::Message& in, executor::Outbox& out) {
  const auto request = read_request<schemas::RollbackOwn>(in);
  require_valid(request);
  require_own(request.target_model);
  take_back(request.target_model, in.owner);
  out.send(listed_models(request.target_model, in.owner));
}

void Registry::begin_retraining(const schemas::ResetModel& request, const std::string& owner) {
  require_valid(request);
  if (is_metamodel(request.target_model)) {
    require_idle(request.target_model, owner);
    const auto line = line_of(request.target_model, owner);
    for (const auto& version : versions_.drop_line(line)) drop(version);
    return;
  }
  const auto booking = find(owner, kPrivate, request.identifier);
  versions_.drop(booking.settings.version);
  drop(booking.settings.version);
}

void Registry::reset(const schemas::Message& in, executor::Outbox& out) {
  begin_retraining(read_request<schemas::ResetModel>(in), in.owner);
  out.send(listed_models("", in.owner));
}

void Registry::reset_own(const schemas::Message& in, executor::Outbox& out) {
  const auto request = read_request<schemas::ResetOwn>(in);
  require_valid(request);
  require_own(request.target_model);
  begin_retraining({request.target_model, request.identifier}, in.owner);
  out.send(listed_models("", in.owner));
}

Booking Registry::find(const std::string& owner, const std::string& target,
                       const std::string& identifier) {
  std::vector<Booking> found;
  for (auto& booking : published(owner)) {
    const auto& plan = booking.settings;
    const bool asked = plan.identifier == identifier && booking.owner == owner;
    if (asked && (target.empty() || plan.target_model == target)) found.push_back(booking);
  }
  if (found.empty()) {
    throw executor::Error("not_found", "you have no identifier " + quoted(identifier),
                          "'identifiers' lists yours");
  }
  if (found.size() > 1) {
    throw executor::Error("bad_input",
                          "you have the identifier " + quoted(identifier) + " on several models",
                          "say which: target_model private, private_meta or meta");
  }
  return found.front();
}

void Registry::forget(const schemas::Message& in, executor::Outbox& out) {
  const auto request = read_request<schemas::Forget>(in);
  require_valid(request);
  const auto booking = find(in.owner, request.target_model, request.identifier);
  const auto& plan = booking.settings;
  require_idle(plan.target_model, in.owner);
  schemas::Forgotten answer{plan.identifier, plan.category, plan.target_model, {}};
  if (is_metamodel(plan.target_model)) {
    bool seen = false;
    for (const auto& [version, kept] : versions_.of_line(line_of(plan.target_model, in.owner))) {
      seen = seen || version.version == plan.version;
      if (seen && kept) answer.seen_by.push_back(version.version);
    }
    bookings_.forget(booking.job);
    store_.forget(plan.version);
  } else {
    versions_.drop(plan.version);
    drop(plan.version);
  }
  out.send(schemas::Message::of(answer));
}

void Registry::suggest(const schemas::Message& in, executor::Outbox& out) {
  const auto request = read_request<schemas::Suggest>(in);
  require_valid(request);
  out.send(schemas::Message::of(schemas::RareIdentifiers{free_identifiers(
      in.owner, kMeta, request.category, static_cast<std::size_t>(request.count))}));
}

void Registry::set_words(const schemas::Message& in, executor::Outbox& out) {
  auto request = read_request<schemas::RareIdentifiers>(in);
  for (const auto& word : request.rare_identifiers) {
    if (const auto why = rules_.objection(word, "")) {
      throw executor::Error("bad_input", "the identifier " + quoted(word) + " " + *why,
                            "leave it out: no word was changed");
    }
  }
  bookings_.set_rare_identifiers(request.rare_identifiers);
  auto words = bookings_.rare_identifiers();
  out.send(schemas::Message::of(
      schemas::RareIdentifiers{words.empty() ? rules_.candidates() : std::move(words)}));
}

}  // namespace registry
