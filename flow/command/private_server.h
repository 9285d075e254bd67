#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "executor/files/temporary_folder.h"
#include "flow/command/server_process.h"

namespace flow::command {

using files::TemporaryFolder;

/// A server with a SOUVENIR_HOME of its own that nobody else knows: what a measurement runs on.
/// Owns the processes and the folder; the destructor ends them in this order.
class PrivateServer {
 public:
  /// Starts `flow` and returns once it is ready. `home` becomes its SOUVENIR_HOME.
  PrivateServer(const std::filesystem::path& flow, const std::filesystem::path& home,
                std::map<std::string, std::string> env, ProgressView& view,
                std::uint32_t every_ms = 20);

  Client& client() { return *client_; }
  double start_s() const { return start_s_; }  ///< from the start of the process to ready
  /// Stops it in order; the seconds until the last process ended.
  double stop();

 private:
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  ServerProcess server_;
  std::unique_ptr<Client> client_;
  double start_s_ = 0;
};

}  // namespace flow::command
