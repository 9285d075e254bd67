#pragma once

#include <nlohmann/json.hpp>

#include "schemas/value.h"

namespace flow::command {

/// Keeps keys in the order in which they are added, so that --json prints them in the documented
/// order.
using Json = nlohmann::ordered_json;

/// The parameters of a stage.
Json json_of_values(const schemas::Values& values);

/// Prints one line to stdout. Replaces bytes that are not UTF-8 by the replacement character.
void print_json(const Json& value);

}  // namespace flow::command
