// Who may stay: keys, tokens and lists change while the flow runs.
#include "flow/gateway/gateway.h"

namespace flow {

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
  workforce_.enforce_access();
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

}  // namespace flow
