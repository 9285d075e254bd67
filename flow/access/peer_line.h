#pragma once

#include <string>

#include "flow/access/peers.h"

namespace flow::access {

inline constexpr const char* kPeerForm =
    "a line is: KEY client|admin NAME, or KEY stage=STAGE,... workers=N NAME";
inline constexpr const char* kListKeys = "souvenir keys list";

/// One line of the allow-list, without its end. Throws executor::Error(bad_config).
Peer read_peer(const std::string& line);
std::string line_of(const Peer& peer);

/// Throws executor::Error(bad_input) unless the key names 1 to kMaxStagesOfKey stages and 1 to
/// kMaxWorkers workers.
void check_stages(const Peer& peer);

}  // namespace flow::access
