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

/// A server with its own SOUVENIR_HOME, which nobody else uses; measurements run on it. Owns the
/// processes and the folder; the destructor ends them in this order.
class PrivateServer {
 public:
  /// Starts `flow` with `home` as its SOUVENIR_HOME, and returns once it is ready.
  PrivateServer(const std::filesystem::path& flow, const std::filesystem::path& home,
                std::map<std::string, std::string> env, ProgressView& view,
                std::uint32_t every_ms = 20);

  Client& client() { return *client_; }
  double start_s() const { return start_s_; }  ///< from the start of the process until it is ready
  /// Stops the server in order; returns the seconds until its last process ended.
  double stop();

 private:
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  ServerProcess server_;
  std::unique_ptr<Client> client_;
  double start_s_ = 0;
};

}  // namespace flow::command
