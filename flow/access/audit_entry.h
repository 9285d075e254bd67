#pragma once

#include <cstdint>
#include <string>

#include "flow/access/principal.h"

namespace flow::access {

/// One line of the audit log. A value. It never contains a credential or a prompt.
struct AuditEntry {
  std::int64_t at_ms = 0;  ///< Unix time
  Link link = Link::own;
  std::string who;          ///< the principal, "" when it is unknown
  std::string credential;   ///< what vouched for it: "key 1f2e", "token 2026", "peer ann", "ipc"
  std::string what;         ///< "request /generate", "control cancel j-1f2e", "stop"
  std::string refused;      ///< why it was refused; "" = it was allowed
  std::uint64_t times = 1;  ///< so many equal ones, the last of them then
};

}  // namespace flow::access
