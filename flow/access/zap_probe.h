#pragma once

#include <functional>
#include <string>

namespace flow::access {

/// Connects to a CURVE endpoint with a random key that is not allowed, and returns the outcome.
/// Calls `serve`, which lets the ZAP handler answer, until the outcome is known.
enum class Probe { refused, let_in, no_answer };
Probe probe_with_random_key(const std::string& endpoint, const std::string& server_key,
                            const std::function<void()>& serve);

}  // namespace flow::access
