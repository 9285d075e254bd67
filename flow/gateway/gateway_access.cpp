// Who may stay: keys, tokens and lists change while the flow runs.
#include "executor/error.h"
#include "flow/gateway/gateway.h"

namespace flow {

using executor::Error;
using schemas::Kind;

void Gateway::on_access_changed(Time now) {
  now_ = now;
  enforce_access();
  settle();
}

// Asked by `souvenir keys` after each change, which returns when this has answered.
void Gateway::put_in_force(const Watcher& watcher) {
  port_.read_access();
  enforce_access();
  desk_.confirm(watcher);
}

void Gateway::enforce_access() {
  for (std::size_t stage = 0; stage < queues_.size(); ++stage) {
    std::vector<std::pair<std::string, std::string>> gone;  // peer, why
    for (const auto& worker : queues_[stage].workers()) {
      auto why = admission_.objection(worker.origin, flow_.stages[stage].name);
      if (!why.empty()) gone.emplace_back(worker.peer, std::move(why));
    }
    for (const auto& [peer, why] : gone) lose(stage, peer, why);
  }
  std::set<std::string> names;
  for (std::size_t stage = 0; stage < queues_.size(); ++stage) {
    for (const auto& worker : queues_[stage].workers()) {
      if (const auto* key = admission_.stage_key_of(worker.origin)) names.insert(key->name);
    }
  }
  for (const auto& name : names) lose_surplus(name);
  end_streams();
}

void Gateway::end_streams() {
  const auto may_hear = [this](const Watcher& watcher, const std::string& job) {
    const JobRecord* record = books_.ledger().find(job);
    return !watcher.sender || record == nullptr ||
           admission_.may_still_hear(*watcher.sender, *record);
  };
  for (const auto& job : clients_.cut_off(may_hear)) {
    const OpenJob* open = jobs_.find(job);
    if (open != nullptr && !open->durable) books_.cancel(job, "the client was let in no longer");
  }
}

// A key may run fewer processes than before: the latest leave.
void Gateway::lose_surplus(const std::string& key_name) {
  auto workers = workers_under(key_name);
  while (!workers.empty()) {
    const auto [stage, peer] = workers.back();
    const auto* key = admission_.stage_key_of(queues_[stage].find(peer)->origin);
    if (workers.size() <= key->workers) return;
    lose(stage, peer, "is one more than its key may run");
    workers.pop_back();
  }
}

// The processes that came with a key of this name, as (stage, peer).
std::vector<std::pair<std::size_t, std::string>> Gateway::workers_under(
    const std::string& key_name) const {
  std::vector<std::pair<std::size_t, std::string>> found;
  for (std::size_t stage = 0; stage < queues_.size(); ++stage) {
    for (const auto& worker : queues_[stage].workers()) {
      const auto* key = admission_.stage_key_of(worker.origin);
      if (key != nullptr && key->name == key_name) found.emplace_back(stage, worker.peer);
    }
  }
  return found;
}

// One that died a moment ago counts no more: a beat that cannot be sent tells.
void Gateway::check_room_for(const access::Origin& origin) {
  const auto* key = admission_.stage_key_of(origin);
  if (key == nullptr) return;
  auto workers = workers_under(key->name);
  if (workers.size() >= key->workers) {
    std::erase_if(workers, [this](const auto& worker) {
      if (port_.send(worker.second, {{.kind = Kind::beat}, {}, {}})) return false;
      lose(worker.first, worker.second, "closed its connection");
      return true;
    });
  }
  if (workers.size() < key->workers) return;
  throw Error("forbidden",
              "the key '" + key->name + "' runs " + std::to_string(workers.size()) +
                  " workers, as many as it may",
              "on the server: souvenir keys allow KEY NAME with its stages and --workers N");
}

}  // namespace flow
