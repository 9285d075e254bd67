#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "executor/descriptor.h"
#include "flow/access/principal.h"

namespace flow::access {

/// One line of the audit log. A value. It never contains a credential or a prompt.
struct AuditEntry {
  std::int64_t at_ms = 0;  ///< Unix time
  Link link = Link::own;
  std::string who;         ///< the principal, "" when it is unknown
  std::string credential;  ///< what vouched for it: "key 1f2e", "token 2026", "peer ann", "ipc"
  std::string what;        ///< "request /generate", "control cancel j-1f2e", "stop"
  std::string refused;     ///< why it was refused; "" = it was allowed
};

/// The audit log: who asked what and when, and the verdict. One JSON object per line, appended to a
/// file of mode 0600. Lines are written whole, so a reader never finds half a line, even after this
/// process was killed. On a full disk, lines are left out. Beyond 64 MiB the file is renamed NAME.1
/// and a new one begins. Used by one thread.
class Audit {
 public:
  /// Throws executor::Error(bad_config) when the file cannot be written.
  explicit Audit(std::filesystem::path file);
  ~Audit() { hand_over(); }
  Audit(const Audit&) = delete;
  Audit& operator=(const Audit&) = delete;

  void write(const AuditEntry& entry);
  /// Writes the buffered lines to the file. Call a few times per second.
  void flush();

  static constexpr long kMaxBytes = 64L * 1024 * 1024;
  static constexpr std::size_t kBufferBytes = 64 * 1024;  ///< more is written at once

 private:
  bool open();
  void hand_over();

  std::filesystem::path file_;
  executor::Descriptor descriptor_;
  std::string lines_;     // not written to the file yet
  bool is_half_ = false;  // the file ends in the middle of a line
};

}  // namespace flow::access
