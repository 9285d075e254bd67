#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "flow/file/flow.h"

namespace flow {

/// Throws executor::Error(bad_config) with "file:line:column: cause" and the remedy.
[[noreturn]] void fail_at(const Place& place, const std::string& cause, const std::string& hint);

/// The names with commas between them, or "nothing".
std::string list(const std::vector<std::string>& names);

/// What happens to a message of one type along a path.
struct Walk {
  /// Handlers that a message reaches, for each position of the path that was reached.
  std::vector<std::vector<const executor::Handler*>> hops;
  std::vector<std::string> answers;  ///< types that leave the last stage, sorted
  std::string misfit;                ///< why the path does not fit; empty = it fits
};

/// Follows `entry` along `path`: every type that a reached handler may emit must be accepted by the
/// next stage. A handler that emits nothing ends there, unless nothing at all goes on to the next
/// stage.
Walk walk(const std::vector<Stage>& stages, const std::vector<std::size_t>& path,
          const std::string& entry);

/// One key of `with`: declared by the plugin, of its type and in its range.
/// Throws executor::Error(bad_config) at `place`.
void check_parameter(const executor::Plugin& plugin, const std::string& name,
                     const schemas::Value& value, const Place& place);

/// Fills each route's `accepts` (narrowed to those already listed there, if any) and `answers`.
/// Throws executor::Error(bad_config) at the route's place when its stages do not fit.
void check_routes(Flow& flow);

/// Every executor is used by a route, and every route that an executor calls exists, accepts what
/// it sends and answers what it expects. Needs check_routes() first. Throws
/// executor::Error(bad_config) at the executor's place.
void check_calls(const Flow& flow);

}  // namespace flow
