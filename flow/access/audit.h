#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

#include "flow/access/audit_entry.h"
#include "flow/access/chained_log.h"
#include "flow/access/repeats.h"
#include "flow/access/settings.h"
#include "flow/access/syslog_socket.h"

namespace flow::access {

/// The audit: who asked what and when, and the verdict. What was allowed and what was refused are
/// two logs, each with a budget of its own, so that a flood of refusals pushes nothing else out;
/// Repeats says what of a flood is written. Lines have the form of chain.h, and also go to the
/// system log when the flow says so. What was counted and not written yet is lost when the process
/// is killed, at most a minute's. Used by one thread.
class Audit {
 public:
  static constexpr ChainedLog::Budget kAllowed{std::uintmax_t{32} * 1024 * 1024, 32,
                                               std::chrono::days(7), std::chrono::days(90)};
  static constexpr ChainedLog::Budget kRefused{std::uintmax_t{32} * 1024 * 1024, 4,
                                               std::chrono::days(7), std::chrono::days(90)};

  /// Throws executor::Error(bad_config) when the files cannot be written. `system_log` is where the
  /// system's log listens.
  Audit(const Settings& settings, const Files& files, std::int64_t now_ms,
        const std::filesystem::path& system_log = "/dev/log");
  ~Audit();
  Audit(const Audit&) = delete;
  Audit& operator=(const Audit&) = delete;

  void write(const AuditEntry& entry);
  /// Writes what is buffered, and once a minute what was counted. Call a few times per second.
  void flush(std::int64_t now_ms);

 private:
  void put(const AuditEntry& entry);

  Repeats repeats_;
  std::optional<SyslogSocket> system_log_;
  std::unique_ptr<ChainedLog> allowed_, refused_;  // null: only the system log is told
  std::int64_t now_ms_;
};

}  // namespace flow::access
