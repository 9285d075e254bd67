#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "executor/files/child_process.h"
#include "executor/files/file_lock.h"
#include "flow/client/client.h"
#include "flow/command/context.h"
#include "flow/command/render.h"
#include "flow/server/up.h"

namespace flow::command {

/// How a server is started in the background. A value.
struct ServerStart {
  std::filesystem::path flow;
  std::filesystem::path log;   ///< takes what the server prints
  std::filesystem::path logs;  ///< the folder of its stages' logs
  std::string address;         ///< where it will answer
  bool with_parent = false;    ///< ends when this program ends
  std::map<std::string, std::string> env;
};

/// `souvenir up --foreground` as a child: a process of its own session. Owns the child: the
/// destructor stops it in order, unless released.
class ServerProcess {
 public:
  explicit ServerProcess(ServerStart start);

  /// Waits until every stage of this host is ready; tells `view` what they load, and which ones
  /// another host has still to bring. Returns a connection to it.
  /// Throws executor::Error when the server ends before (bad_config when it refused the flow), with
  /// what it said last as the cause, and CallError(cancelled) on Ctrl-C.
  std::unique_ptr<Client> wait_ready(ProgressView& view, std::uint32_t every_ms = 20);

  /// Asks for an orderly stop and waits for the end; the exit code.
  int stop();

  files::ChildProcess& process() { return process_; }

 private:
  [[noreturn]] void throw_ended(int code) const;

  ServerStart start_;
  files::ChildProcess process_;
};

/// What a program said last of why it ended: the cause in one line, and what to do.
struct Told {
  std::string cause;
  std::string hint;
};
/// From the last lines of its log: as report() prints a failure, else the last line there is.
Told told_at_end(const std::string& lines);

/// The lock that starting a server in this installation takes.
std::filesystem::path start_lock(const Places& places);
/// Waits for it, telling `view` once why. Throws CallError(cancelled) on Ctrl-C.
void take(files::FileLock& lock, ProgressView& view);

/// A gateway to send requests to. The given server, or the running one of this installation; where
/// there is none, a server of its own is started, and stopped by the destructor.
class Connection {
 public:
  Connection(const Context& context, const Places& places, ProgressView& view);

  Client& client() { return *client_; }
  /// Whether the server runs for this program alone.
  bool own() const { return server_ != nullptr; }
  /// Stops the own server, if any, and waits for its end.
  void close();

 private:
  std::optional<files::FileLock> lock_;  // held while the own server lives
  std::unique_ptr<ServerProcess> server_;
  std::unique_ptr<Client> client_;
};

/// A connection to a server that must run already. Throws CallError(unavailable).
std::unique_ptr<Client> connect_running(const Context& context, const Places& places);

/// The last `lines` lines of a text file; empty when there is none.
std::string last_lines(const std::filesystem::path& file, std::size_t lines);

}  // namespace flow::command
