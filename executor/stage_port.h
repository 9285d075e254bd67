#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "executor/error.h"
#include "executor/executor.h"
#include "executor/socket.h"

namespace executor {

/// A packet from the gateway. `lost` says why its blobs did not come with it.
struct Arrival {
  Packet packet;
  std::optional<Error> lost = {};
};

/// What a StageMachine asks of its surroundings. A process answers with a socket, signals and the
/// system's clock (StageProcess), a test with queues and a clock of its own. Outlives the machine,
/// whose thread makes every call.
class StagePort {
 public:
  using Time = std::chrono::steady_clock::time_point;

  virtual ~StagePort() = default;

  /// Hands a packet to the gateway. Waits while the gateway is gone, but not once stopping().
  virtual void send(const Packet& packet) = 0;
  /// The next packet; nothing when none comes within `wait` or when the stage is asked to stop.
  /// A wait of 0 is a look: called at every beat of the executor, so it has to be cheap, and may
  /// find what came in the last millisecond only at the next call.
  virtual std::optional<Arrival> receive(std::chrono::milliseconds wait) = 0;
  virtual Time now() const = 0;
  /// Whether the stage is asked to end in order.
  virtual bool stopping() const = 0;

  /// Constructs the executor; it may take that much of a GPU's memory, 0 = any. Throws what the
  /// executor's constructor throws.
  virtual std::unique_ptr<Executor> create(const Setup& setup, std::int64_t gpu_memory_bytes) = 0;
  /// What hello says in its header: see PeerSharedMemory::name().
  virtual std::uint64_t channel() { return 0; }
  /// A line for whoever runs the stage.
  virtual void log(const std::string& line) = 0;
};

}  // namespace executor
