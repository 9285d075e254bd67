#pragma once

#include <functional>
#include <string>

namespace flow::access {

/// Connects to a CURVE endpoint with a key that nobody allowed, and tells what became of it.
/// `serve` is called until the verdict is in: it lets the ZAP handler answer.
enum class Probe { refused, let_in, no_answer };
Probe probe_with_random_key(const std::string& endpoint, const std::string& server_key,
                            const std::function<void()>& serve);

}  // namespace flow::access
