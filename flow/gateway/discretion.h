#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "executor/socket.h"
#include "flow/file/flow.h"
#include "schemas/fault.h"
#include "schemas/jobs.h"
#include "schemas/status.h"

namespace flow {

/// What a user is told, who is no administrator: where the server keeps its files, which processes
/// it runs and who else uses it is nobody's business. Texts lose their paths and process ids;
/// fields of answers lose values that are paths and the names of other owners; all else stays as
/// it is. A value; one thread.
class Discretion {
 public:
  explicit Discretion(const Flow& flow);

  /// The text with kPath for each absolute path, and without process ids. Endpoints stay, and what
  /// the user itself said (`own`).
  std::string text(std::string_view text, std::string_view own = "") const;
  schemas::Fault of(schemas::Fault fault, std::string_view own = "") const;
  /// What goes to a user of this name: a report, a progress, an answer, an end.
  executor::Packet of(const executor::Packet& packet, const std::string& owner) const;

  static constexpr const char* kPath = "[path]";

 private:
  schemas::Status of(schemas::Status status) const;
  schemas::JobReport of(schemas::JobReport report) const;
  bool is_path(std::string_view word, std::string_view own) const;
  std::size_t end_of_word(std::string_view text, std::size_t from) const;

  std::set<std::string, std::less<>> endpoints_;
  std::vector<std::string> roots_;  // folders of the server
};

}  // namespace flow
