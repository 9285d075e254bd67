#pragma once

#include <cstdint>
#include <string>

#include "flow/access/principal.h"
#include "flow/access/recent.h"

namespace flow::access {

/// How often the peers of one address may show a credential that is none. An address that has used
/// that up is limited: until it is in credit again, no credential from it is looked at, but for
/// - one that was good lately from anywhere: it is looked at, always;
/// - kStillTried_per_s others: so that a newcomer behind the same address gets in, too.
/// The addresses and credentials that are remembered are bounded; what was used longest ago is
/// forgotten first. So whoever has over kMaxAddresses addresses is not held by this.
///
/// Time is Unix time; one that goes back gives nobody credit. Used by one thread.
class FailedAttempts {
 public:
  static constexpr double kBurst = 20;            ///< failures in a row
  static constexpr double kFailures_per_s = 0.2;  ///< one more each 5 s
  static constexpr double kStillTried_per_s = 10;
  static constexpr std::size_t kMaxAddresses = 4096;
  static constexpr std::size_t kMaxKnown = 4096;

  /// Whether to look at this credential.
  bool may_try(const std::string& address, const std::string& credential, std::int64_t now_s);
  void failed(const std::string& address, std::int64_t now_s);
  void succeeded(const std::string& credential);

  std::size_t addresses() const { return addresses_.size(); }

 private:
  // A bucket of tokens that fills up over time.
  struct Bucket {
    double most;
    double per_s;
    double left = most;
    std::int64_t at_s = 0;
    void fill(std::int64_t now_s);
    bool take();
  };
  struct Address {
    Bucket failures{kBurst, kFailures_per_s};
    Bucket tried{kStillTried_per_s, kStillTried_per_s};
  };
  struct Known {};

  Recent<Address> addresses_{kMaxAddresses};
  Recent<Known> known_{kMaxKnown};  // by the credential's hash
};

/// What counts as one address: the peers of this host's sockets by their kind, of IPv6 a /64, which
/// is what one customer has.
std::string address_of(const Origin& origin);

}  // namespace flow::access
