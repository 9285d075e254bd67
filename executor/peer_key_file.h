#pragma once

#include <filesystem>

#include "executor/curve_keys.h"

namespace executor {

/// read_key_file() for who connects to a gateway: also throws Error(bad_config) when the file does
/// not say the gateway's public key.
CurveKeys read_peer_key_file(const std::filesystem::path& file);

}  // namespace executor
