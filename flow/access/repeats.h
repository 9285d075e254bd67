#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "flow/access/audit_entry.h"

namespace flow::access {

/// Which entries of the audit are lines of their own. Of equal ones from one peer within a minute
/// the first is, and then one that says how many more came. A peer that goes on with ever different
/// ones is counted by kind ("request", "control"): who asked, what kind, how often and with which
/// verdict is always written. Of more peers than kMaxPeers the others are counted as one. So
/// neither memory nor disk depend on how much is asked, and a week of it has room beside a week of
/// work. Used by one thread.
class Repeats {
 public:
  static constexpr std::int64_t kInterval_ms = 60'000;
  /// Different entries of one peer that are written one by one, and how many more each interval.
  static constexpr std::size_t kBurst = 256;
  static constexpr std::size_t kRefill = 4;
  static constexpr std::size_t kMaxPeers = 1024;
  /// Different entries of all peers within an interval.
  static constexpr std::size_t kMaxEntries = 16 * 1024;

  explicit Repeats(std::int64_t now_ms) : began_ms_(now_ms) {}

  /// Whether this is to be written now; else it is counted.
  bool is_new(const AuditEntry& entry);
  /// What was counted, once the interval is over.
  std::vector<AuditEntry> due(std::int64_t now_ms);
  /// The same at once.
  std::vector<AuditEntry> end(std::int64_t now_ms);

 private:
  struct Seen {
    AuditEntry entry;
    std::uint64_t more = 0;
  };
  struct Peer {
    std::size_t allowance = kBurst;
    std::map<std::pair<std::string, std::string>, Seen> seen;  // by what, and why it was refused
  };
  using Name = std::tuple<Link, std::string, std::string>;

  Peer* peer_of(const AuditEntry& entry);
  void count(Peer& peer, AuditEntry entry);

  std::map<Name, Peer> peers_;
  Peer others_;
  std::size_t entries_ = 0;  // within this interval
  std::int64_t began_ms_;    // this interval
};

}  // namespace flow::access
