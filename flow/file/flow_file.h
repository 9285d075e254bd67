#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>

#include "flow/file/flow.h"

/// The keys of a flow file. Any other key is an error. A duration is "20ms", "5s", "10m" or "1h"; a
/// size is "512KiB", "256MiB" or "2GiB".
///
/// flow = "name"                  required
/// schema = 1
/// [gateway]
/// listen = ["ipc://${var.run}/gateway.sock"]   ipc:// or tcp:// with a numeric host;
///                                an address that other hosts reach needs keys: souvenir keys
/// beat = "2s"                    lease = "30s"
/// per_user = { jobs = 4, requests = 1024 }     open durable jobs, open requests
/// [var]
/// x = "text"                     for ${var.x}; built in: run, share, home
/// [route]
/// "/a" = "first > second"        or { path = "...", serial = ["field"], accepts = ["type.v1"] }
///                                accepts: the route takes only these types; default: all that
///                                the path can process
///                                durable = true: its jobs outlive the server and are tried again;
///                                default: true for a route with serial, else false
///                                access = "user" | "admin": who may ask it; default: admin below
///                                /admin/, user elsewhere
/// [access]                       makes every request need a principal (flow/access/guard.h)
/// users = ["a@b.org", "b.org"]   addresses and domains that tokens may name
/// admins = ["root@b.org"]        trust_ipc = true    peers on the ipc socket are the operator
/// [[access.jwt]]                 a key that signs tokens; several may be valid at once
/// alg = "RS256"                  HS256 | RS256 | ES256 | EdDSA; key = "idp.pem", iss = "...",
///                                aud = "...", kid = "", claim = "sub": names the principal
/// [[executor]]
/// name = "first"                 required
/// run = "plugin"                 a plugin's name or its path; default: the name
/// with = { steps = 20 }          parameters of the plugin
/// env = { OMP_NUM_THREADS = "2" }
/// replicas = 1                   host = "local" | "remote"
/// gpu = 0 | N | "share"          share: all such stages take turns (flow/gateway/gpu_turns.h)
/// gpu_memory = "6GiB"            limits each process's GPU memory, including the CUDA context of
///                                about 1 GiB (flow/server/gpu_memory.h); default: no limit
/// timeout = "none"               longest time for one message
/// ready = "10m"                  longest silence while it starts
/// queue = { items = 64, bytes = "256MiB", full = "block" | "reject" }
/// sticky = "field"               equal values of this body field go to one replica when possible
/// batch = { size = 8, wait = "20ms", by = ["field"] }   messages that are equal in these fields
///                                form a batch; durable jobs never do: they must be reproducible
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
inline constexpr std::size_t kMaxFieldLength = 64;  ///< of a field name in `serial`
inline constexpr std::int64_t kMaxReplicas = 64;
inline constexpr std::int64_t kMaxQueueItems = 4096;
inline constexpr std::int64_t kMaxBatch = 64;
inline constexpr std::int64_t kMaxGpus = 8;
inline constexpr std::int64_t kMaxPerUser = 4096;
inline constexpr std::uint32_t kMaxDuration_ms = 24 * 60 * 60 * 1000;

/// Finds the library of the plugin `run` and its table. Throws executor::Error when there is none.
using FindPlugin =
    std::function<std::pair<std::filesystem::path, executor::Plugin>(const std::string& run)>;

/// As load_flow(), but finds plugins with `find` instead of on the search path.
Flow load_flow_with(const std::filesystem::path& file, const std::filesystem::path& run_folder,
                    const std::filesystem::path& share_folder, const FindPlugin& find);

}  // namespace flow
