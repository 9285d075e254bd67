#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "executor/plugin.h"
#include "executor/socket.h"
#include "flow/access/principal.h"

namespace flow {

using Clock = std::chrono::steady_clock;
using Time = Clock::time_point;

/// One message on its way to one stage of a job's route. A value.
struct Task {
  std::uint64_t id = 0;
  std::string job;
  std::uint64_t epoch = 0;   ///< of the job's attempt
  std::size_t hop = 0;       ///< index into the route's path
  std::uint64_t source = 0;  ///< the work whose stream it belongs to, 0 = the request
  executor::Packet packet;   ///< as it goes to the stage
  std::size_t bytes = 0;     ///< of its packet
  std::string sticky;        ///< tasks with equal texts go to one worker when they
                             ///< can; "" = to any
  std::string batch;         ///< tasks with equal texts may be one batch; "" = alone
  std::uint64_t acked = 0;   ///< messages of its own stream that the next stage has processed
  std::uint64_t acked_bytes = 0;
  std::uint64_t emitted = 0;  ///< messages that it has answered with
  std::uint64_t emitted_bytes = 0;
  std::uint32_t signs = 0;  ///< packets that came from its worker while it was in hand
  std::uint64_t turn = 0;   ///< its place among those that wait: see Dispatch
  Time queued{};
  Time sent{};
};

/// Whether another worker may do it again: it is no part of a stream, and
/// nothing of it is out.
bool can_repeat(const Task& work);

/// What a worker is there for.
enum class WorkerState {
  full,
  none,     ///< not yet: it starts beside those that it shall replace
  trial,    ///< one work at a time, which can be given to another again
  leaving,  ///< finishes what it has; no new jobs
};

/// One process of an executor, as long as it is connected.
struct Worker {
  std::string peer;  ///< routing id
  access::Origin origin = {};
  std::uint32_t replica = 0;
  std::int64_t pid = 0;
  /// What its process runs, as the gateway read it: see StageRights. Never null once it has joined.
  std::shared_ptr<const executor::Plugin> table;
  std::string run;             ///< the name of that
  schemas::Values with;        ///< the parameters that it was given
  std::uint64_t refusals = 0;  ///< of what it tried and may not
  bool ready = false;
  WorkerState state = WorkerState::full;
  bool hears_end = true;                    ///< its plugin wants to know how jobs end
  std::string text;                         ///< what it is loading
  std::uint64_t credit = 0;                 ///< pieces of work it will still take
  std::map<std::uint64_t, Task> in_flight;  ///< sent and not yet done, by work id
  Time last_heard{};
  std::uint32_t announced_ms = 0;  ///< silence that its last packet told to expect
  std::uint64_t done = 0;
  double mean_ms = 0;  ///< that a work took it, the latest counting most
  Time last_done{};
};

/// The worker has done this work.
void note_done(Worker& worker, const Task& work, Time now);

}  // namespace flow
