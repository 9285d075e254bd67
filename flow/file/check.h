#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "flow/file/flow.h"

namespace flow {

/// Throws executor::Error(bad_config) with "file:line:column: cause" and the hint.
[[noreturn]] void fail_at(const Place& place, const std::string& cause, const std::string& hint);

/// The names, separated by commas; "nothing" when there are none.
std::string list(const std::vector<std::string>& names);

/// How a message of one type moves along a path.
struct Walk {
  /// For each position of the path that a message reaches: the handlers that it reaches there.
  std::vector<std::vector<const executor::Handler*>> hops;
  std::vector<std::string> answers;  ///< types that the last stage emits, sorted
  std::string misfit;                ///< why the path does not fit; empty = it fits
};

/// Follows `entry` along `path`. The next stage must accept every type that a reached handler may
/// emit. A handler that emits nothing may end the walk there, but some message must reach the next
/// stage.
Walk walk(const std::vector<Stage>& stages, const std::vector<std::size_t>& path,
          const std::string& entry);

/// Checks one key of `with`: the plugin must declare it, and the value must have the declared type
/// and range. Throws executor::Error(bad_config) at `place`.
void check_parameter(const executor::Plugin& plugin, const std::string& name,
                     const schemas::Value& value, const Place& place);

/// Fills each route's `accepts` (only types that the flow file lists, if it lists any) and
/// `answers`. Throws executor::Error(bad_config) at the route's place when its stages do not fit
/// together.
void check_routes(Flow& flow);

/// Checks that a route uses every stage, and that every route that a stage calls exists, accepts
/// what the stage sends and answers what it expects. Call check_routes() first. Throws
/// executor::Error(bad_config) at the stage's place.
void check_calls(const Flow& flow);

}  // namespace flow
