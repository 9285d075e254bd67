#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "executor/descriptor.h"
#include "flow/access/principal.h"

namespace flow::access {

/// One line of the audit. A value; never holds a credential or what a prompt says.
struct AuditEntry {
  std::int64_t at_ms = 0;  ///< Unix time
  Link link = Link::own;
  std::string who;         ///< the principal, "" when it is not known
  std::string credential;  ///< what vouched for it: "key 1f2e", "token 2026", "peer ann", "ipc"
  std::string what;        ///< "request /generate", "control cancel j-1f2e", "stop"
  std::string refused;     ///< why not; "" = it was allowed
};

/// Who asked what, when, and the verdict: a JSON object a line, appended to a file of mode 0600.
/// Lines are written whole: who reads meanwhile, or after this process was killed, finds no half
/// one. What a full disk has no room for is left out. Beyond 64 MiB the file becomes NAME.1 and a
/// new one begins. Used by one thread.
class Audit {
 public:
  /// Throws executor::Error(bad_config) when the file cannot be written.
  explicit Audit(std::filesystem::path file);
  ~Audit() { hand_over(); }
  Audit(const Audit&) = delete;
  Audit& operator=(const Audit&) = delete;

  void write(const AuditEntry& entry);
  /// Hands what was written to the system. Call a few times a second.
  void flush();

  static constexpr long kMaxBytes = 64L * 1024 * 1024;
  static constexpr std::size_t kBufferBytes = 64 * 1024;  ///< more is handed over at once

 private:
  bool open();
  void hand_over();

  std::filesystem::path file_;
  executor::Descriptor descriptor_;
  std::string lines_;     // not handed over yet
  bool is_half_ = false;  // the file ends within a line
};

}  // namespace flow::access
