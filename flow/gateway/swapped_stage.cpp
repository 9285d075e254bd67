#include "flow/gateway/swapped_stage.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <tuple>
#include <type_traits>

#include "executor/error.h"
#include "executor/load.h"
#include "flow/file/check.h"
#include "flow/file/wait_graph.h"
#include "schemas/nearest.h"
#include "schemas/words.h"

namespace flow {
namespace {

using executor::Error;
using schemas::Value;

template <typename T>
Value number_in(const std::string& text) {
  T number{};
  const char* const end = text.data() + text.size();
  const auto [stopped, failure] = std::from_chars(text.data(), end, number);
  if (failure != std::errc() || stopped != end) return text;
  if (std::is_floating_point_v<T> && !std::isfinite(static_cast<double>(number))) return text;
  return number;
}

// A command line has texts alone. What cannot be read stays a text, which does not fit.
Value read_as(const executor::Param& param, const Value& given) {
  const auto* text = std::get_if<std::string>(&given);
  if (text == nullptr) return given;
  if (std::holds_alternative<std::int64_t>(param.default_value)) {
    return number_in<std::int64_t>(*text);
  }
  if (std::holds_alternative<double>(param.default_value)) return number_in<double>(*text);
  if (std::holds_alternative<std::string>(param.default_value)) return given;
  if (*text == "true") return true;
  if (*text == "false") return false;
  return given;
}

const executor::Param* find(const executor::Plugin& plugin, const std::string& name) {
  const auto found = std::find_if(plugin.params.begin(), plugin.params.end(),
                                  [&](const auto& param) { return param.name == name; });
  return found == plugin.params.end() ? nullptr : &*found;
}

void check_named(const executor::Plugin& plugin, const schemas::Values& given) {
  std::vector<std::string> names;
  for (const auto& param : plugin.params) names.push_back(param.name);
  for (const auto& [name, value] : given) {
    if (find(plugin, name) != nullptr) continue;
    throw Error("bad_config",
                "plugin '" + plugin.name + "' has no parameter " + schemas::quoted(name) +
                    schemas::did_you_mean(name, names),
                "its parameters: " + list(names));
  }
}

// Shares out what the stage was ever given: to the new plugin, or aside.
void share_out(const schemas::Values& given, Stage& next) {
  check_named(next.plugin, given);
  schemas::Values known = std::move(next.set_aside);
  for (auto& [name, value] : next.with) known.insert_or_assign(name, value);
  for (const auto& [name, value] : given) known.insert_or_assign(name, value);
  next.with.clear();
  next.set_aside.clear();
  for (const auto& [name, value] : known) {
    const executor::Param* param = find(next.plugin, name);
    if (param == nullptr) {
      next.set_aside.emplace(name, value);
      continue;
    }
    const Value read = given.contains(name) ? read_as(*param, value) : value;
    if (const auto why = executor::misfit(*param, read)) {
      throw Error("bad_config", "plugin '" + next.plugin.name + "': " + *why,
                  "give it: --with " + name + "=VALUE; " + param->help);
    }
    next.with.emplace(name, read);
  }
}

}  // namespace

Stage swapped_stage(const Flow& flow, std::size_t stage, const std::string& run,
                    std::pair<std::filesystem::path, executor::Plugin> found,
                    const schemas::Values& given) {
  Flow changed = flow;
  Stage& next = changed.stages[stage];
  next.run = run;
  std::tie(next.library, next.plugin) = std::move(found);
  next.plugin.create = nullptr;
  if (executor::is_description(next.library)) {
    throw Error("bad_config", "'" + run + "' describes a stage, and is no plugin to start",
                "name a plugin; a stage in another language joins by itself");
  }
  share_out(given, next);
  if (next.batch.size > 1 && !next.plugin.batches) {
    throw Error("bad_config", "plugin '" + next.plugin.name +
                                  "' takes one message at a time, but '" + next.name +
                                  "' has a batch");
  }
  check_routes(changed);
  check_calls(changed);
  check_waits(changed);
  return next;
}

}  // namespace flow
