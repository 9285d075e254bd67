#include "flow/gateway/admission.h"

#include <algorithm>

#include "executor/error.h"
#include "schemas/access.h"
#include "schemas/jobs.h"
#include "schemas/nearest.h"

namespace flow {

using access::Access;
using access::Origin;
using access::Principal;
using executor::Error;
using executor::Packet;
using schemas::Kind;

namespace {

// Answered by the gateway itself: they change who may come in.
constexpr const char* kUserEmails = "/admin/updateUserEmails";
constexpr const char* kApiKeys = "/admin/updateApiKeys";

// Actions that start programs or open files: not from another host, whoever asks.
constexpr std::pair<std::string_view, const char*> kOfThisHost[] = {
    {"scale", "scale"}, {"swap", "swap"}, {"reread", "have keys read again"}};

// Empty when it cannot be read, which is refused later.
schemas::Control control_in(const Packet& packet) {
  try {
    return schemas::unpack<schemas::Control>(packet.body.view());
  } catch (const schemas::CodecError&) {
    return {};
  }
}

// "control cancel j-1f2e"
std::string text_of(const schemas::Control& asked) {
  std::string text = "control";
  for (const auto& word : {asked.action, asked.job}) {
    if (!word.empty()) text += " " + word.substr(0, 64);
  }
  return text;
}

void require_this_host(const Origin& origin, const Principal& who, const Packet& packet) {
  if (packet.header.kind != Kind::control) return;
  if (who.is_admin() && origin.link == access::Link::own) return;
  const auto asked = control_in(packet);
  for (const auto& [action, words] : kOfThisHost) {
    if (asked.action != action) continue;
    throw Error("forbidden", std::string("only an administrator on the server's host may ") + words,
                "ask there, over the ipc socket");
  }
}

std::string what_of(const Packet& packet) {
  const schemas::Header& header = packet.header;
  switch (header.kind) {
    case Kind::request: return "request " + header.endpoint.substr(0, 64);
    case Kind::cancel: return "cancel";
    case Kind::status: return "status";
    case Kind::stop: return "stop";
    case Kind::control: return text_of(control_in(packet));
    case Kind::hello: return "hello";
    default: return "kind " + std::to_string(static_cast<int>(header.kind));
  }
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace

Admission::Admission(const Flow& flow, access::Guard* guard, std::function<std::int64_t()> wall_ms)
    : flow_(flow), guard_(guard), wall_ms_(std::move(wall_ms)) {
  for (const auto& stage : flow.stages) reserve_calls_of(stage.plugin);
}

void Admission::reserve_calls_of(const executor::Plugin& plugin) {
  for (const auto& call : plugin.calls) reserved_.insert(call.endpoint);
}

std::string Admission::objection(const Origin& origin, const std::string& stage) const {
  return guard_ == nullptr ? "" : guard_->objection_to_stage(origin, stage);
}

const access::Peer* Admission::stage_key_of(const Origin& origin) const {
  return guard_ == nullptr ? nullptr : guard_->stage_key_of(origin);
}

bool Admission::may_still_hear(const access::Sender& sender, const JobRecord& record) const {
  if (guard_ == nullptr) return true;
  const auto who = guard_->present(sender);
  return who && may_touch(*who, record);
}

bool Admission::may_touch(const Principal& who, const JobRecord& record) const {
  const Route* route = flow_.find_route(record.endpoint);
  return who.may_ask(record.endpoint,
                     route != nullptr ? route->access : usual_access(record.endpoint));
}

bool Admission::is_listed(const JobRecord& record) const {
  if (record.is_open()) return true;
  const Route* route = flow_.find_route(record.endpoint);
  return route == nullptr || !route->query;
}

Access Admission::access_to(const schemas::Header& header) const {
  if (header.kind == Kind::stop) return Access::admin;
  if (header.kind != Kind::request) return Access::user;
  const Route* route = flow_.find_route(header.endpoint);
  return route != nullptr ? route->access : usual_access(header.endpoint);
}

Principal Admission::admit(const Origin& origin, const Packet& packet) {
  const schemas::Header& header = packet.header;
  if (guard_ == nullptr) {
    Principal who{access::canonical_name(header.owner), {"admin"}};
    require_this_host(origin, who, packet);
    return who;
  }
  const auto at_ms = wall_ms_();
  access::AuditEntry entry{at_ms, origin.link, "", origin.key, what_of(packet), ""};
  try {
    const Principal who = guard_->admit(origin, header.credential, header.owner, at_ms / 1000);
    entry.who = who.name;
    entry.credential = who.credential;
    require_this_host(origin, who, packet);
    const Access needed = access_to(header);
    const bool may = header.kind == Kind::request ? who.may_ask(header.endpoint, needed)
                                                  : needed == Access::user || who.is_admin();
    if (!may) {
      throw Error("forbidden", "'" + who.name + "' may not ask " + entry.what,
                  needed == Access::admin ? "only administrators may" : "the key has other scopes");
    }
    guard_->note(entry);
    return who;
  } catch (const Error& error) {
    entry.refused = error.what();
    guard_->note(entry);
    throw;
  }
}

void Admission::admit_stage(const Origin& origin, const std::string& name) {
  if (guard_ == nullptr) return;
  const std::string what = "hello " + name.substr(0, 64);
  const std::string why = guard_->objection_to_stage(origin, name);
  guard_->note({wall_ms_(), origin.link, "", origin.key, what, why});
  if (why.empty()) return;
  throw Error("forbidden", "what asks to join as '" + name.substr(0, 64) + "' " + why,
              "on the server: souvenir keys make NAME --stage " + name.substr(0, 64) +
                  ", or souvenir keys allow KEY NAME with all its stages");
}

const Route& Admission::route_of(const Packet& packet) const {
  const auto& [header, body, blobs] = packet;
  const Route* route = flow_.find_route(header.endpoint);
  if (route == nullptr) {
    std::vector<std::string> known;
    for (const auto& each : flow_.routes) known.push_back(each.endpoint);
    throw Error("not_found",
                "there is no endpoint '" + header.endpoint.substr(0, 64) + "'" +
                    schemas::did_you_mean(header.endpoint, known),
                "this flow has " + joined(known));
  }
  if (reserved_.contains(route->endpoint)) {
    throw Error("forbidden", route->endpoint + " is asked by executors alone",
                "ask a route that no executor calls");
  }
  if (std::find(route->accepts.begin(), route->accepts.end(), header.type) ==
      route->accepts.end()) {
    throw Error("bad_input",
                route->endpoint + " does not take messages of type '" + header.type.substr(0, 64) +
                    "'" + schemas::did_you_mean(header.type, route->accepts),
                "it takes " + joined(route->accepts));
  }
  check_names(header);
  return *route;
}

void Admission::check_names(const schemas::Header& header) const {
  if (header.owner.empty() || header.owner.size() > kMaxOwnerBytes) {
    throw Error("bad_input", "the request names no owner, or one of over 256 bytes");
  }
  if (header.key.size() > kMaxKeyBytes) {
    throw Error("bad_input", "the idempotency key has over 128 bytes", "use a shorter one");
  }
}

std::optional<std::size_t> Admission::administer(const Packet& request) {
  const std::string& endpoint = request.header.endpoint;
  if (guard_ == nullptr || (endpoint != kUserEmails && endpoint != kApiKeys)) return std::nullopt;
  const auto message = executor::message_of(request);
  if (endpoint == kUserEmails) {
    const auto addresses = message.as<schemas::UserEmails>().user_emails;
    guard_->addresses().set_users(addresses);
    return addresses.size();
  }
  const auto list = message.as<schemas::ApiKeyList>();
  guard_->api_keys().replace_imported(list.api_keys, list.owner, wall_ms_() / 1000);
  return list.api_keys.size();
}

}  // namespace flow
