#pragma once

#include <memory>
#include <optional>

#include "executor/dial.h"
#include "executor/handshake_watch.h"
#include "executor/plugin.h"
#include "executor/shared_memory.h"
#include "executor/stage.h"
#include "executor/stage_port.h"
#include "executor/waiting_word.h"

namespace executor {

/// This process as the port of its stage: a socket to the gateway, shared memory beside it, the
/// system's clock, and SIGTERM and SIGINT, which it handles from its construction on. One a
/// process.
class StageProcess final : public StagePort {
 public:
  /// Loads the plugin and connects, encrypted when there are keys. Throws Error(bad_config) when
  /// the library is no plugin. When SOUVENIR_SUPERVISOR names another process than the parent, the
  /// supervisor is dead: ends this process.
  explicit StageProcess(const StageOptions& options);

  const Plugin& plugin() const { return plugin_; }

  void send(const Packet& packet) override;
  std::optional<Arrival> receive(std::chrono::milliseconds wait) override;
  Time now() const override { return std::chrono::steady_clock::now(); }
  bool stopping() const override;
  std::unique_ptr<Executor> create(const Setup& setup, std::int64_t gpu_memory_bytes) override;
  std::uint64_t channel() override { return channel_.name(); }
  void log(const std::string& line) override;

 private:
  /// Says now and then that there is no answer, and why as far as it is known.
  void tell_waiting();

  const std::string name_;
  const std::string address_;
  const Plugin& plugin_;
  zmq::context_t context_;
  zmq::socket_t socket_;
  HandshakeWatch handshakes_;
  Dial dial_;
  PeerSharedMemory channel_;
  WaitingWord waiting_;
  bool heard_ = false;  // anything from the gateway
  Time looked_at_{};    // when the socket was waited for, or had nothing
};

}  // namespace executor
