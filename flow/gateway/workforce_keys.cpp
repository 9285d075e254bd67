// Whose key admits the processes of other hosts: lists change while the flow runs.
#include <set>

#include "executor/error.h"
#include "flow/gateway/workforce.h"

namespace flow {

using executor::Error;
using schemas::Kind;

void Workforce::enforce_access() {
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
}

// A key may run fewer processes than before: the latest leave.
void Workforce::lose_surplus(const std::string& key_name) {
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
std::vector<std::pair<std::size_t, std::string>> Workforce::workers_under(
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
void Workforce::check_room_for(const access::Origin& origin) {
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
