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

/// A place in a flow file. Line and column count from 1.
struct Place {
  std::string file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::string text() const;  ///< "souvenir.toml:12:8"
};

/// What happens to a new request when a stage's queue is full.
enum class WhenFull { block, reject };

/// How a stage gets several tasks as one batch. A value.
struct Batch {
  std::uint32_t size = 1;       ///< most tasks in a batch; 1 = no batches
  std::uint32_t wait_ms = 20;   ///< longest time that the first task waits for others
  std::vector<std::string> by;  ///< body fields in which the tasks of a batch are equal
};

/// How often a replica whose process ended is started again.
struct Restart {
  std::uint32_t n = 5;  ///< starts within `within_ms` before the supervisor gives up
  std::uint32_t within_ms = 60'000;
  std::uint32_t wait_ms = 200;  ///< pause before the first restart; doubles each time, up to 10 s
};

/// One [[executor]] of a flow file. A value.
struct Stage {
  std::string name;
  std::string run;                ///< plugin name or path; default: `name`
  std::filesystem::path library;  ///< found on the search path
  executor::Plugin plugin;        ///< its table, without `create`
  schemas::Values with;
  schemas::Values set_aside;  ///< given to it while another plugin ran that knows them; see swap
  std::map<std::string, std::string> env;
  bool remote = false;  ///< host = "remote": its processes join by `souvenir stage --connect`
  std::uint32_t replicas = 1;
  std::uint32_t timeout_ms = 0;  ///< longest time for one message; 0 = none
  /// Most waiting jobs; also the window of a stream into this stage.
  std::uint32_t queue_items = 64;
  std::uint64_t queue_bytes = 256 * 1024 * 1024;  ///< the same in bytes of bodies and blobs
  WhenFull when_full = WhenFull::block;
  std::string sticky;  ///< body field: equal values go to one replica when possible; "" = to any
  Batch batch;
  Restart restart;
  std::uint32_t ready_ms = 600'000;    ///< longest silence while it starts
  std::uint32_t gpu = 0;               ///< number of GPUs; 0 = not set
  bool shares_gpu = false;             ///< gpu = "share": takes turns on one GPU, see GpuTurns
  std::uint64_t gpu_memory_bytes = 0;  ///< GPU memory that each process may take; 0 = no limit
  Place place;
};

/// Who may ask an endpoint whose route does not say: admins below /admin/, users elsewhere.
access::Access usual_access(const std::string& endpoint);

/// One endpoint. A value.
struct Route {
  std::string endpoint;             ///< "/finetune"
  std::vector<std::size_t> path;    ///< indices into Flow::stages
  std::vector<std::string> serial;  ///< body fields: jobs with equal values run one after another
  /// Its jobs outlive the gateway, are tried again, and continue without a client.
  bool durable = false;
  /// Its requests change nothing: once they have ended they are no longer listed as jobs.
  bool query = false;
  access::Access access = access::Access::user;  ///< who may ask it
  std::vector<std::string> accepts;              ///< request types; the check fills them in
  std::vector<std::string> answers;              ///< types that the last stage emits for them
  Place place;
};

/// A flow file, read and checked: every plugin was found, every stage accepts what the stage before
/// it emits, every parameter is declared and in range, and no circle of stages waits for itself. A
/// value; every Flow is valid.
struct Flow {
  std::string name;
  std::filesystem::path file;
  std::vector<std::string> listen;  ///< "ipc://..." or "tcp://..."; the first is ipc
  access::Settings access;
  std::uint32_t beat_ms = 2'000;    ///< [gateway] beat: how often an idle stage sends a beat
  std::uint32_t lease_ms = 30'000;  ///< [gateway] lease: longest silence of a stage that has a task
  std::uint32_t jobs_per_user = 4;  ///< [gateway] per_user.jobs: open durable jobs
  std::uint32_t requests_per_user = 1'024;  ///< [gateway] per_user.requests: open requests
  std::vector<Stage> stages;
  std::vector<Route> routes;

  const Route* find_route(const std::string& endpoint) const;
};

/// Throws executor::Error when this host's GPUs have too little memory for the processes of the
/// flow.
using CheckGpuMemory = std::function<void(const Flow&)>;

/// Reads and checks a flow file. Opens no plugin and starts no stage (a child process describes a
/// plugin that has no description beside it). ${var.run} is `run_folder`, ${var.share} is
/// `share_folder`. Throws executor::Error(bad_config) whose text starts with "file:line:column: "
/// and names the cause and the nearest valid name.
Flow load_flow(const std::filesystem::path& file, const std::filesystem::path& run_folder,
               const std::filesystem::path& share_folder);

}  // namespace flow
