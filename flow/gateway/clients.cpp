#include "flow/gateway/clients.h"

#include <algorithm>

#include "flow/gateway/job_packets.h"
#include "flow/gateway/rate_limited.h"

namespace flow {

using executor::Packet;
using executor::packet_of;
using schemas::Kind;

Clients::Clients(Send send, Tell tell, const Discretion* discretion)
    : send_(std::move(send)), tell_(std::move(tell)), discretion_(discretion) {}

void Clients::open(const std::string& job, const std::string& owner) {
  open_[job].owner = owner;
  ++requests_of_[owner];
}

bool Clients::waits(const std::string& job, const Watcher& watcher) const {
  const auto found = open_.find(job);
  if (found == open_.end()) return false;
  const auto& watchers = found->second.watchers;
  return std::find(watchers.begin(), watchers.end(), watcher) != watchers.end();
}

void Clients::join(const std::string& job, const Watcher& watcher) {
  if (waits(job, watcher)) return;
  auto& watchers = open_.at(job).watchers;
  if (watchers.size() >= kMaxWatchers) {
    throw RateLimited(std::to_string(kMaxWatchers) + " requests wait for this job already",
                      kRetryRequest_s);
  }
  watchers.push_back(watcher);
}

std::vector<std::string> Clients::asked_by(const std::string& peer, std::uint64_t id,
                                           const std::string& job) const {
  std::vector<std::string> found;
  for (const auto& [each, open] : open_) {
    const bool asked =
        std::any_of(open.watchers.begin(), open.watchers.end(), [&](const Watcher& watcher) {
          return watcher.peer == peer && (job.empty() ? watcher.id == id : each == job);
        });
    if (asked) found.push_back(each);
  }
  return found;
}

std::set<std::string> Clients::peers() const {
  std::set<std::string> found;
  for (const auto& [job, open] : open_) {
    for (const auto& watcher : open.watchers) found.insert(watcher.peer);
  }
  return found;
}

std::vector<std::string> Clients::departed(const std::set<std::string>& peers) {
  std::vector<std::string> left_alone;
  for (auto& [job, open] : open_) {
    const auto gone = std::erase_if(
        open.watchers, [&](const Watcher& watcher) { return peers.contains(watcher.peer); });
    if (gone > 0 && open.watchers.empty()) left_alone.push_back(job);
  }
  return left_alone;
}

std::size_t Clients::requests_of(const std::string& owner) const {
  const auto requests = requests_of_.find(owner);
  return requests == requests_of_.end() ? 0 : requests->second;
}

void Clients::check_requests(const std::string& owner, std::size_t most) const {
  const std::size_t requests = requests_of(owner);
  if (requests < most) return;
  throw RateLimited(
      "you have " + std::to_string(requests) + " requests open, the most that one user may",
      kRetryRequest_s);
}

bool Clients::has_room(const std::string& owner, std::size_t bytes) const {
  return !tell_ || backlog_.has_room(owner, bytes);
}

void Clients::refuse(const std::string& peer, std::uint64_t id, schemas::Fault fault) const {
  schemas::Header header;
  header.kind = Kind::refused;
  header.id = id;
  send_(peer, packet_of(header, schemas::Message::of(fault)));
}

void Clients::refuse(const std::string& peer, std::uint64_t id,
                     const executor::Error& error) const {
  refuse(peer, id, fault_of(error, "gateway"));
}

void Clients::refuse(const Watcher& watcher, const executor::Error& error,
                     const std::string& asked) const {
  schemas::Fault fault = fault_of(error, "gateway");
  if (is_user(watcher)) fault = discretion_->of(std::move(fault), asked);
  refuse(watcher.peer, watcher.id, std::move(fault));
}

std::vector<std::string> Clients::cut_off(const MayHear& may_hear) {
  std::vector<std::string> left_alone;
  for (auto& [job, open] : open_) {
    const auto gone = std::erase_if(open.watchers, [&, &id = job](const Watcher& watcher) {
      if (may_hear(watcher, id)) return false;
      refuse(watcher.peer, watcher.id,
             {"unauthenticated", "gateway", id, "what let you in was revoked",
              "ask an administrator"});
      return true;
    });
    if (gone > 0 && open.watchers.empty()) left_alone.push_back(job);
  }
  return left_alone;
}

bool Clients::is_user(const Watcher& watcher) const {
  return discretion_ != nullptr && watcher.sender && !watcher.sender->who.is_admin();
}

// False when the client is gone, or has left too much unread.
bool Clients::tell(const Watcher& watcher, const Packet& packet) {
  if (!is_user(watcher)) return pass(watcher, packet);
  return pass(watcher, discretion_->of(packet, watcher.owner));
}

bool Clients::pass(const Watcher& watcher, const Packet& packet) {
  if (!tell_) return send_(watcher.peer, packet);
  if (!backlog_.has_room(watcher.owner, packet)) return false;
  return tell_(watcher.peer, packet, backlog_.of(watcher.owner));
}

void Clients::answer(const Watcher& watcher, const Packet& packet) {
  if (!tell(watcher, packet)) refuse(watcher.peer, watcher.id, left_unread());
}

void Clients::accepted(const std::string& job, std::size_t before) const {
  for (const auto& watcher : open_.at(job).watchers) accepted(watcher, job, before);
}

void Clients::accepted(const Watcher& watcher, const std::string& job, std::size_t before) const {
  schemas::Header header;
  header.kind = Kind::accepted;
  header.id = watcher.id;
  header.job = job;
  header.count = before;
  send_(watcher.peer, {header, {}, {}});
}

void Clients::progress(const Watcher& watcher, const std::string& job,
                       const schemas::Progress& progress) {
  schemas::Header header;
  header.kind = Kind::progress;
  header.id = watcher.id;
  header.job = job;
  const Packet packet = packet_of(header, schemas::Message::of(progress));
  send_(watcher.peer, is_user(watcher) ? discretion_->of(packet, watcher.owner) : packet);
}

bool Clients::tell_all(const std::string& job, Packet packet) {
  auto& watchers = open_.at(job).watchers;
  const bool can_miss = packet.header.kind == Kind::progress;
  std::erase_if(watchers, [&](const Watcher& watcher) {
    packet.header.id = watcher.id;
    if (can_miss && !backlog_.has_room(watcher.owner, packet)) return false;
    if (tell(watcher, packet)) return false;
    left_out(watcher, job);
    return true;
  });
  return !watchers.empty();
}

// Small enough for a client that reads nothing; one that is gone does not get it either.
void Clients::left_out(const Watcher& watcher, const std::string& job) {
  tell(watcher, ended_packet(job, watcher.id, 0, {"failed", left_unread(job)}));
}

void Clients::tell_end(const Watcher& watcher, const std::string& job, std::vector<Packet> results,
                       const schemas::Ended& ended) {
  const bool told = std::all_of(results.begin(), results.end(), [&](Packet& result) {
    result.header.id = watcher.id;
    return tell(watcher, result);
  });
  if (!told) return left_out(watcher, job);
  tell(watcher, ended_packet(job, watcher.id, 0, ended));
}

void Clients::end(const std::string& job, const std::vector<Packet>& results,
                  const schemas::Ended& ended) {
  const auto found = open_.find(job);
  for (const auto& watcher : found->second.watchers) tell_end(watcher, job, results, ended);
  const auto requests = requests_of_.find(found->second.owner);
  if (--requests->second == 0) requests_of_.erase(requests);
  open_.erase(found);
}

void Clients::replay(const Watcher& watcher, const std::string& job,
                     const std::vector<Packet>& results, const schemas::Ended& ended) {
  std::vector<Packet> numbered;
  for (const auto& result : results) {
    const bool last = numbered.size() + 1 == results.size();
    numbered.push_back(result_packet(job, numbered.size(), last, result));
  }
  tell_end(watcher, job, std::move(numbered), ended);
}

void Clients::stopping(const std::string& job) const {
  for (const auto& watcher : open_.at(job).watchers) {
    refuse(watcher.peer, watcher.id,
           {"unavailable", "gateway", job, "the flow stops; the job goes on when it is up again",
            "souvenir up, then souvenir jobs watch " + job});
  }
}

}  // namespace flow
