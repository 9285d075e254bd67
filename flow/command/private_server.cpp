#include "flow/command/private_server.h"

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "executor/error.h"
#include "executor/trusted_file.h"

namespace flow::command {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::uint32_t kStop_ms = 30'000;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

ServerStart start_of(const fs::path& flow, const fs::path& home,
                     std::map<std::string, std::string> env) {
  executor::make_private_folder(home);
  env["SOUVENIR_HOME"] = home.string();
  const fs::path run = home / "run";
  return {flow, home / "server.log", run / "logs", "ipc://" + (run / "gateway.sock").string(),
          true, std::move(env)};
}

}  // namespace

PrivateServer::PrivateServer(const fs::path& flow, const fs::path& home,
                             std::map<std::string, std::string> env, ProgressView& view,
                             std::uint32_t every_ms)
    : server_(start_of(flow, home, std::move(env))),
      client_(server_.wait_ready(view, every_ms)),
      start_s_(seconds_since(began_)) {}

double PrivateServer::stop() {
  const auto begin = Clock::now();
  client_->stop();
  if (!server_.process().wait(kStop_ms)) {
    throw executor::Error(
        "timeout", "the measured server did not stop in " + std::to_string(kStop_ms / 1000) + " s");
  }
  return seconds_since(begin);
}

}  // namespace flow::command
