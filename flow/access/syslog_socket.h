#pragma once

#include <filesystem>
#include <string>

#include "executor/descriptor.h"

namespace flow::access {

/// Sends lines to the system's log (syslog, or journald behind the same socket), as facility
/// authpriv, severity info, program "souvenir". By hand: syslog(3) waits for a log that does not
/// read, and with it every client would. Here a line that finds no room is left out. Used by one
/// thread.
class SyslogSocket {
 public:
  explicit SyslogSocket(std::filesystem::path socket = "/dev/log") : path_(std::move(socket)) {}

  /// False when the line was left out. Connects by itself, and again after the log was restarted.
  bool send(const std::string& line);

 private:
  bool connect();

  std::filesystem::path path_;
  executor::Descriptor socket_;
};

}  // namespace flow::access
