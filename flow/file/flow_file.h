#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>

#include "flow/file/flow.h"

/// docs/flow-file.md has every key of a flow file, with its values and defaults; a test compares it
/// with the reader. Any other key is an error.
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

/// Throws executor::Error(not_found) when there is no such file: for whoever looks at it before
/// load_flow() does.
void require_flow_file(const std::filesystem::path& file);

/// As load_flow(), but finds plugins with `find` instead of on the search path.
Flow load_flow_with(const std::filesystem::path& file, const std::filesystem::path& run_folder,
                    const std::filesystem::path& share_folder, const FindPlugin& find);

}  // namespace flow
