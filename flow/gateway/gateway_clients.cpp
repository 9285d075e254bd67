// What clients send: requests, and questions about them.
#include <algorithm>

#include "executor/error.h"
#include "flow/gateway/gateway.h"
#include "schemas/access.h"
#include "schemas/jobs.h"

namespace flow {

using executor::Error;
using executor::Packet;
using executor::packet_of;
using schemas::Kind;

void Gateway::on_client(const std::string& peer, Packet packet, const access::Origin& origin) {
  if (packet.header.kind == Kind::hello) return workforce_.hello(peer, packet, origin, now_);
  Watcher watcher{peer, packet.header.id};
  const std::string asked = packet.header.endpoint;
  try {
    const access::Principal who = admission_.admit(origin, packet);
    packet.header.owner = watcher.owner = who.name;
    watcher.sender = std::make_shared<const access::Sender>(access::Sender{origin, who});
    packet.header.credential.clear();
    switch (packet.header.kind) {
      case Kind::request: return on_request(watcher, std::move(packet), who);
      case Kind::control: return on_control(watcher, packet, who);
      case Kind::cancel:
        // Only who asked for a job cancels it; an owner from elsewhere does by `control`.
        for (const auto& id : clients_.asked_by(peer, packet.header.id, packet.header.job)) {
          books_.cancel(id, "the job was cancelled");
        }
        return;
      case Kind::stop: stop_asked_ = true; [[fallthrough]];
      case Kind::status: return desk_.tell_status(status(), who, watcher);
      default:  // a stage that a gateway before this one knew
        throw Error("protocol", "unexpected without a request or a hello",
                    "speak the protocol of schemas/wire.md");
    }
  } catch (const Error& error) {
    clients_.refuse(watcher, error, asked);
  }
}

void Gateway::on_request(const Watcher& watcher, Packet packet, const access::Principal& who) {
  try {
    if (const auto count = admission_.administer(packet)) {
      const schemas::Changed changed{static_cast<std::int64_t>(*count)};
      enforce_access();
      clients_.accepted(watcher, "", 0);
      return clients_.replay(watcher, "", {packet_of({}, schemas::Message::of(changed))},
                             {"done", {}});
    }
    admission_.route_of(packet);
    if (desk_.attach_by_key(watcher, packet)) return;
    open_request(watcher, std::move(packet), who, false);
  } catch (const schemas::CodecError& error) {
    throw Error("bad_input", error.what(), "see schemas/wire.md");
  }
}

void Gateway::on_control(const Watcher& watcher, const Packet& packet,
                         const access::Principal& who) {
  schemas::Control asked;
  try {
    asked = schemas::unpack<schemas::Control>(packet.body.view());
  } catch (const schemas::CodecError& error) {
    throw Error("bad_input", error.what(), "see schemas/wire.md");
  }
  if (asked.action == "scale" || asked.action == "swap") {
    return workforce_.steer(asked, watcher, now_);
  }
  if (asked.action == "reread") return put_in_force(watcher);
  if (asked.action == "list") return desk_.list(who, watcher, now_);
  const JobRecord& record = desk_.find(asked.job, who);
  const std::string id = record.id;
  if (asked.action == "retry") {
    return retry(watcher, record, who);
  }
  if (!desk_.act(asked.action, record, watcher, now_)) return;
  settle();
  desk_.show(id, false, watcher, now_);
}

// One that is kept goes on from its checkpoint, and is the same job. Of any other the request
// becomes a new one, as durable as the one before.
void Gateway::retry(const Watcher& watcher, const JobRecord& record, const access::Principal& who) {
  Packet request = desk_.request_again(record);
  if (!record.is_kept()) return open_request(watcher, std::move(request), who, true);
  if (stopping_) throw Error("unavailable", "the flow stops", "souvenir up, then try again");
  capacity_.check(admission_.route_of(request), request, who, true, now_);
  const std::string id = record.id;
  if (jobs_.find(id) != nullptr) {
    throw Error("unavailable", "the end of the job is just being written down", "try again");
  }
  jobs_.add(opener_.again(record));
  clients_.open(id, watcher.owner);
  clients_.join(id, watcher);
  books_.retry(id);
  settle();
}

// `durable`: even without a key, and on a plain route.
void Gateway::open_request(const Watcher& watcher, Packet packet, const access::Principal& who,
                           bool durable) {
  if (stopping_) throw Error("unavailable", "the flow stops", "souvenir up, then try again");
  const Route& route = admission_.route_of(packet);
  durable = durable || route.durable || !packet.header.key.empty();
  capacity_.check(route, packet, who, durable, now_);
  const std::size_t bytes = executor::bytes_of(packet);
  const std::string id =
      opener_.open(route, std::move(packet), {who.name, who.is_admin()}, durable, {}, now_);
  jobs_.hold(id, bytes);
  clients_.open(id, watcher.owner);
  clients_.join(id, watcher);
  settle();
}

// Who waits in silence would keep its requests open after it has gone: a beat that cannot be sent
// says so. A durable job goes on without its client.
void Gateway::check_clients() {
  std::set<std::string> gone;
  for (const auto& peer : clients_.peers()) {
    if (!port_.send(peer, {{.kind = Kind::beat}, {}, {}})) gone.insert(peer);
  }
  if (gone.empty()) return;
  for (const auto& id : clients_.departed(gone)) {
    const OpenJob* job = jobs_.find(id);
    if (job != nullptr && !job->durable) books_.cancel(id, "the client is gone");
  }
}

void Gateway::recover() {
  for (const auto& record : books_.restore()) {
    if (!record.is_open()) continue;
    OpenJob job = opener_.again(record);
    job.acknowledged = true;
    if (job.route == nullptr) {
      books_.fail(job.id, 0,
                  {"bad_config", "gateway", job.id,
                   "the flow has no endpoint " + record.endpoint + " any more",
                   "start the flow file that the job was made for, and retry it"});
    }
    clients_.open(job.id, job.owner);
    jobs_.add(std::move(job));
  }
  settle();
}

}  // namespace flow
