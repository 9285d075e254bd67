#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "executor/plugin.h"
#include "flow/access/principal.h"
#include "flow/access/settings.h"
#include "schemas/value.h"

namespace flow {

/// Where something stands in a flow file; line and column count from 1.
struct Place {
  std::string file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::string text() const;  ///< "souvenir.toml:12:8"
};

/// What an executor does when its queue is full.
enum class WhenFull { block, reject };

/// Messages that a stage gets together. A value.
struct Batch {
  std::uint32_t size = 1;       ///< most of them; 1 = each alone
  std::uint32_t wait_ms = 20;   ///< longest time that the first waits for others
  std::vector<std::string> by;  ///< body fields in which they are equal
};

/// How often a stage that ends is started again.
struct Restart {
  std::uint32_t n = 5;  ///< starts within `within_ms` before it is given up
  std::uint32_t within_ms = 60'000;
  std::uint32_t wait_ms = 200;  ///< before the first new start; doubles each time, up to 10 s
};

/// One [[executor]] of a flow file. A value.
struct Stage {
  std::string name;
  std::string run;                ///< plugin name or path; default: `name`
  std::filesystem::path library;  ///< found on the search path
  executor::Plugin plugin;        ///< its table, without `create`
  schemas::Values with;
  std::map<std::string, std::string> env;
  bool remote = false;  ///< host = "remote": joins by `souvenir stage --connect`
  std::uint32_t replicas = 1;
  std::uint32_t timeout_ms = 0;    ///< longest time for one message; 0 = none
  std::uint32_t queue_items = 64;  ///< waiting jobs; also the window of a stream into this stage
  std::uint64_t queue_bytes = 256 * 1024 * 1024;  ///< likewise: what waits, bodies and blobs
  WhenFull when_full = WhenFull::block;
  std::string sticky;  ///< body field: equal values go to one replica when they
                       ///< can; "" = to any
  Batch batch;
  Restart restart;
  std::uint32_t ready_ms = 600'000;    ///< longest silence while it starts
  std::uint32_t gpu = 0;               ///< GPUs asked for; 0 = none set
  bool shares_gpu = false;             ///< gpu = "share": one for all such, see GpuTurns
  std::uint64_t gpu_memory_bytes = 0;  ///< what each process may take of its GPU; 0 = any
  Place place;
};

/// Who may ask an endpoint of which nobody says: those below /admin/ are for administrators.
access::Access usual_access(const std::string& endpoint);

/// One endpoint. A value.
struct Route {
  std::string endpoint;             ///< "/finetune"
  std::vector<std::size_t> path;    ///< indices into Flow::stages
  std::vector<std::string> serial;  ///< body fields: jobs with equal values run one by one
  bool durable = false;  ///< its jobs outlive the gateway, are tried again, go on without a client
  access::Access access = access::Access::user;  ///< who may ask it
  std::vector<std::string> accepts;              ///< request types, found by the check
  std::vector<std::string> answers;              ///< types of what the last stage emits for them
  Place place;
};

/// A flow file, read and checked: every plugin found, every message type along each route accepted
/// by the next stage, every parameter declared and in range, no circle of stages that wait for each
/// other. A value: a Flow that exists is valid.
struct Flow {
  std::string name;
  std::filesystem::path file;
  std::vector<std::string> listen;  ///< "ipc://..." or "tcp://...": one of this host first
  access::Settings access;
  std::uint32_t beat_ms = 2'000;    ///< [gateway] beat: an idle stage says it is alive this often
  std::uint32_t lease_ms = 30'000;  ///< [gateway] lease: longest silence of a stage that works
  std::uint32_t jobs_per_user = 4;  ///< [gateway] per_user.jobs: open durable jobs
  std::uint32_t requests_per_user = 1'024;  ///< [gateway] per_user.requests: open requests
  std::vector<Stage> stages;
  std::vector<Route> routes;

  const Route* find_route(const std::string& endpoint) const;
};

/// Throws executor::Error when this host has no room for the processes of such a flow.
using CheckGpuMemory = std::function<void(const Flow&)>;

/// A flow file that cannot be run. what() starts with "file:line:column: ".
/// Reads and checks; opens no plugin and starts no process (a plugin without a description beside
/// it is described by a child). `run_folder` is what ${var.run} stands for, `share_folder`
/// ${var.share}. Throws executor::Error(bad_config) with the place, the cause and the nearest right
/// name.
Flow load_flow(const std::filesystem::path& file, const std::filesystem::path& run_folder,
               const std::filesystem::path& share_folder);

}  // namespace flow
