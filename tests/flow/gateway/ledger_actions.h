#pragma once

#include <string>
#include <vector>

#include "flow/gateway/ledger.h"

// What the tests of the ledger give it, and what they read in its actions.
namespace flow_test {

using flow::JobAction;
using flow::JobEvent;
using flow::JobRecord;
using flow::JobState;
using flow::Ledger;
using Type = JobEvent::Type;

inline JobRecord record(const std::string& id, const std::string& serial_key = "",
                        bool durable = false) {
  JobRecord record{.id = id};
  record.owner = "me";
  record.serial_key = serial_key;
  record.durable = durable;
  return record;
}

// Those of a type, in order.
inline std::vector<JobAction> only(const Ledger::Actions& actions, JobAction::Type type) {
  std::vector<JobAction> found;
  for (const auto& action : actions) {
    if (action.type == type) found.push_back(action);
  }
  return found;
}

inline std::vector<JobAction> started(const Ledger::Actions& actions) {
  return only(actions, JobAction::Type::start);
}

inline std::vector<JobAction> ended(const Ledger::Actions& actions) {
  return only(actions, JobAction::Type::end);
}

inline schemas::Fault fault(const std::string& code, const std::string& cause = "x") {
  return {code, "", "", cause, ""};
}

}  // namespace flow_test
