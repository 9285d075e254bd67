#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "flow/file/flow.h"

namespace flow::command {

/// The parameter of the first stage along `endpoint` that declares one of `names` with type T: the
/// flow file's value, else the plugin's default.
template <typename T>
std::optional<T> find_param(const Flow& flow, const std::string& endpoint,
                            const std::vector<std::string>& names) {
  const Route* route = flow.find_route(endpoint);
  if (route == nullptr) return std::nullopt;
  for (const auto index : route->path) {
    const Stage& stage = flow.stages.at(index);
    for (const auto& param : stage.plugin.params) {
      if (std::find(names.begin(), names.end(), param.name) == names.end()) continue;
      const auto given = stage.with.find(param.name);
      const auto& value = given == stage.with.end() ? param.default_value : given->second;
      if (std::holds_alternative<T>(value)) return std::get<T>(value);
    }
  }
  return std::nullopt;
}

}  // namespace flow::command
