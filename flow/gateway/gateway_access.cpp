// Who asks, and whether it may: the first thing that happens to what a client or stage sends.
#include "executor/error.h"
#include "flow/gateway/gateway.h"
#include "schemas/access.h"
#include "schemas/jobs.h"

namespace flow {

using access::Access;
using access::Origin;
using access::Principal;
using executor::Error;
using executor::Packet;
using executor::packet_of;
using schemas::Kind;

namespace {

// Answered by the gateway itself: they change who may come in.
constexpr const char* kUserEmails = "/admin/updateUserEmails";
constexpr const char* kApiKeys = "/admin/updateApiKeys";

// "control cancel j-1f2e"; of what cannot be read, "control".
std::string control_in(const Packet& packet) {
  try {
    const auto asked = schemas::unpack<schemas::Control>(packet.body.view());
    const std::string job = asked.job.empty() ? "" : " " + asked.job.substr(0, 64);
    return "control " + asked.action.substr(0, 64) + job;
  } catch (const schemas::CodecError&) {
    return "control";
  }
}

std::string what_of(const Packet& packet) {
  const schemas::Header& header = packet.header;
  switch (header.kind) {
    case Kind::request: return "request " + header.endpoint.substr(0, 64);
    case Kind::cancel: return "cancel";
    case Kind::status: return "status";
    case Kind::stop: return "stop";
    case Kind::control: return control_in(packet);
    case Kind::hello: return "hello";
    default: return "kind " + std::to_string(static_cast<int>(header.kind));
  }
}

}  // namespace

Access Gateway::access_to(const schemas::Header& header) const {
  if (header.kind == Kind::stop) return Access::admin;
  if (header.kind != Kind::request) return Access::user;
  const Route* route = flow_.find_route(header.endpoint);
  return route != nullptr ? route->access : usual_access(header.endpoint);
}

Principal Gateway::admit(const Origin& origin, const Packet& packet) {
  const schemas::Header& header = packet.header;
  if (port_.guard == nullptr) return {header.owner, {"admin"}};
  const auto at_ms = port_.wall_ms();
  access::AuditEntry entry{at_ms, origin.link, "", "", what_of(packet), ""};
  try {
    const Principal who = port_.guard->admit(origin, header.credential, header.owner, at_ms / 1000);
    entry.who = who.name;
    entry.credential = who.credential;
    const Access needed = access_to(header);
    const bool may = header.kind == Kind::request ? who.may_ask(header.endpoint, needed)
                                                  : needed == Access::user || who.is_admin();
    if (!may) {
      throw Error("forbidden", "'" + who.name + "' may not ask " + entry.what,
                  needed == Access::admin ? "only administrators may" : "the key has other scopes");
    }
    port_.guard->note(entry);
    return who;
  } catch (const Error& error) {
    entry.refused = error.what();
    port_.guard->note(entry);
    throw;
  }
}

void Gateway::admit_stage(const Origin& origin, const std::string& name) {
  if (port_.guard == nullptr) return;
  const bool may = port_.guard->allows_stage(origin);
  const std::string what = "hello " + name.substr(0, 64);
  const std::string why = may ? "" : "not a key of a stage";
  port_.guard->note({port_.wall_ms(), origin.link, "", origin.key, what, why});
  if (may) return;
  throw Error("forbidden", "only a key that was made for a stage joins as one",
              "souvenir keys make NAME --role stage, on the server");
}

bool Gateway::administer(const std::string& peer, const Packet& packet) {
  const schemas::Header& asked = packet.header;
  const bool emails = asked.endpoint == kUserEmails;
  if (port_.guard == nullptr || (!emails && asked.endpoint != kApiKeys)) return false;
  const auto message = executor::message_of(packet);
  const std::size_t count = emails ? set_users(message.as<schemas::UserEmails>().user_emails)
                                   : set_api_keys(message.as<schemas::ApiKeyList>());
  schemas::Header header{.kind = Kind::accepted, .id = asked.id};
  port_.send(peer, {header, {}, {}});
  header.kind = Kind::result;
  header.last = true;
  const schemas::Changed changed{static_cast<std::int64_t>(count)};
  port_.send(peer, packet_of(header, schemas::Message::of(changed)));
  header.kind = Kind::ended;
  port_.send(peer, packet_of(header, schemas::Message::of(schemas::Ended{"done", {}})));
  return true;
}

std::size_t Gateway::set_users(const std::vector<std::string>& addresses) {
  port_.guard->addresses().set_users(addresses);
  return addresses.size();
}

std::size_t Gateway::set_api_keys(const schemas::ApiKeyList& list) {
  port_.guard->api_keys().replace_imported(list.api_keys, list.owner, port_.wall_ms() / 1000);
  return list.api_keys.size();
}

// What a client sees of a flow that serves others, too.
schemas::Status Gateway::status_for(const Principal& who) const {
  schemas::Status report = status();
  if (who.is_admin()) return report;
  std::erase_if(report.jobs, [&](const auto& job) {
    const JobRecord* record = books_.ledger().find(job.id);
    return job.owner != who.name || record == nullptr || !may_touch(who, *record);
  });
  for (auto& stage : report.stages) stage.job.clear();
  return report;
}

}  // namespace flow
