#pragma once

#include <string>

namespace flow::command {

/// A server's words name the fields of a request; who typed options reads these: `target_model`
/// becomes `--target-model`. Paths, endpoints and other words stay.
std::string with_options(const std::string& text);

}  // namespace flow::command
