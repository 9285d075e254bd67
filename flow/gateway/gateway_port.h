#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>

#include "executor/plugin.h"
#include "flow/access/guard.h"
#include "flow/file/flow.h"
#include "flow/gateway/clients.h"
#include "flow/gateway/job_key.h"

namespace flow {

/// What the gateway asks of its surroundings.
struct GatewayPort {
  /// Hands a packet to a peer without waiting; false when it is gone or does not read.
  Clients::Send send;
  /// Ends a local stage's process at once: it hangs.
  std::function<void(std::size_t stage, std::uint32_t replica)> kill;
  /// Unix time in ms, for what people read; nothing is decided by it.
  std::function<std::int64_t()> wall_ms = [] { return std::int64_t{0}; };
  /// An id that no job had before.
  std::function<std::string()> new_job_id = flow::new_job_id;
  /// Who may ask what; null: all is open, and a request's own word names its
  /// owner. Outlives the gateway.
  access::Guard* guard = nullptr;
  /// Starts one more process of a stage, with the plugin and the parameters of `as`. Throws
  /// executor::Error.
  std::function<void(std::size_t stage, std::uint32_t replica, const Stage& as)> start;
  /// Asks a process to end in order; it is not started again.
  std::function<void(std::size_t stage, std::uint32_t replica)> retire;
  /// Reads the files that say who may come in, now.
  std::function<void()> read_access = [] {};
  /// Finds and describes a plugin, as when the flow was read. Throws
  /// executor::Error.
  std::function<std::pair<std::filesystem::path, executor::Plugin>(const std::string& run)> find;
  /// Asked before `scale` and `swap` start processes; while a swap lasts both plugins count.
  CheckGpuMemory check_gpu_memory = [](const Flow&) {};
  /// As send, to a client; `backlog` counts what it leaves unread. Without it: send.
  Clients::Tell tell;
  /// A line for whoever runs the server: a stage was refused something.
  std::function<void(const std::string&)> log = [](const std::string&) {};
};

}  // namespace flow
