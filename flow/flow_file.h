#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>

#include "flow/flow.h"

/// The keys of a flow file; any other is an error. A duration is "20ms", "5s", "10m" or "1h".
///
/// flow = "name"                  required
/// schema = 1
/// [gateway]
/// listen = ["ipc://${var.run}/gateway.sock"]   ipc:// or tcp:// on this host
/// beat = "2s"                    lease = "30s"
/// per_user = { jobs = 4, requests = 1024 }     open durable jobs, open requests
/// [var]
/// x = "text"                     for ${var.x}; built in: run, share, home
/// [route]
/// "/a" = "first > second"        or { path = "...", serial = ["field"], accepts = ["type.v1"] }
///                                accepts: takes these types alone, not all that the path can take
///                                durable = true: its jobs outlive the server and are tried again;
///                                default: with serial true, else false
/// [[executor]]
/// name = "first"                 required
/// run = "plugin"                 a plugin's name or its path; default: the name
/// with = { steps = 20 }          parameters of the plugin
/// env = { OMP_NUM_THREADS = "2" }
/// replicas = 1                   gpu = 0          host = "local" | "remote"
/// timeout = "none"               longest time for one message
/// ready = "10m"                  longest silence while it starts
/// queue = { items = 64, full = "block" | "reject" }
/// restart = { n = 5, within = "1m", wait = "200ms" }
namespace flow {

inline constexpr std::uintmax_t kMaxFlowFileBytes = 1024 * 1024;
inline constexpr std::size_t kMaxDotsInLine = 64;  ///< bounds the depth of dotted keys
inline constexpr std::size_t kMaxListItems = 16;   ///< of listen, serial and accepts, each
inline constexpr std::size_t kMaxExecutors = 64;
inline constexpr std::size_t kMaxRoutes = 256;
inline constexpr std::size_t kMaxHops = 64;        ///< stages in one path
inline constexpr std::size_t kMaxNameLength = 32;  ///< of a flow or an executor
inline constexpr std::size_t kMaxEndpointLength = 64;
inline constexpr std::size_t kMaxFieldLength = 64;  ///< of a field that `serial` names
inline constexpr std::int64_t kMaxReplicas = 64;
inline constexpr std::int64_t kMaxQueueItems = 4096;
inline constexpr std::int64_t kMaxGpus = 8;
inline constexpr std::int64_t kMaxPerUser = 4096;
inline constexpr std::uint32_t kMaxDuration_ms = 24 * 60 * 60 * 1000;

/// Finds the library of the plugin `run` and its table; throws executor::Error when there is none.
using FindPlugin =
    std::function<std::pair<std::filesystem::path, executor::Plugin>(const std::string& run)>;

/// load_flow() with plugins from `find` instead of from the search path.
Flow load_flow_with(const std::filesystem::path& file, const std::filesystem::path& run_folder,
                    const std::filesystem::path& share_folder, const FindPlugin& find);

}  // namespace flow
