#include "flow/access/failed_attempts.h"

#include <catch2/catch.hpp>

using namespace flow::access;

namespace {

constexpr std::int64_t kNow_s = 1'800'000'000;
constexpr int kBurst = static_cast<int>(FailedAttempts::kBurst);
constexpr int kStill = static_cast<int>(FailedAttempts::kStillTried_per_s);

void fail(FailedAttempts& attempts, const std::string& address, int times,
          std::int64_t now_s = kNow_s) {
  for (int i = 0; i < times; ++i) attempts.failed(address, now_s);
}

int tried(FailedAttempts& attempts, const std::string& address, int times,
          std::int64_t now_s = kNow_s) {
  int count = 0;
  for (int i = 0; i < times; ++i) {
    count += attempts.may_try(address, "guess " + std::to_string(i), now_s) ? 1 : 0;
  }
  return count;
}

}  // namespace

TEST_CASE("an address is limited at its last failure, not one before") {
  FailedAttempts attempts;
  fail(attempts, "a", kBurst - 1);
  CHECK(tried(attempts, "a", 1'000) == 1'000);
  fail(attempts, "a", 1);
  CHECK(tried(attempts, "a", 1'000) == kStill);
  CHECK(tried(attempts, "a", 1'000) == 0);
  CHECK(tried(attempts, "b", 1'000) == 1'000);
}

TEST_CASE("a limited address is tried at the stated rate, and is free again in time") {
  FailedAttempts attempts;
  fail(attempts, "a", 1'000);
  CHECK(tried(attempts, "a", 1'000) == kStill);
  CHECK(tried(attempts, "a", 1'000, kNow_s + 1) == kStill);
  CHECK(tried(attempts, "a", 1'000, kNow_s + 4) == kStill);  // it does not add up
  const auto free_s = kNow_s + static_cast<std::int64_t>(1 / FailedAttempts::kFailures_per_s);
  CHECK(tried(attempts, "a", 1'000, free_s) == 1'000);
}

TEST_CASE("what was good lately is looked at from a limited address, too") {
  FailedAttempts attempts;
  attempts.succeeded("ann's token");
  fail(attempts, "a", 1'000);
  CHECK(tried(attempts, "a", 1'000) == kStill);
  for (int i = 0; i < 1'000; ++i) CHECK(attempts.may_try("a", "ann's token", kNow_s));
  CHECK_FALSE(attempts.may_try("a", "bob's token", kNow_s));
}

TEST_CASE("a clock that goes back gives no credit and shuts nobody out for long") {
  FailedAttempts attempts;
  fail(attempts, "a", kBurst);
  CHECK(tried(attempts, "a", 1'000) == kStill);
  CHECK(tried(attempts, "a", 1'000, kNow_s - 86'400) == 0);
  CHECK(tried(attempts, "a", 1'000, kNow_s - 86'400 + 5) == 1'000);
}

TEST_CASE("as many addresses are remembered as the limit says, and one more makes room") {
  FailedAttempts attempts;
  for (std::size_t i = 0; i < FailedAttempts::kMaxAddresses; ++i) {
    fail(attempts, std::to_string(i), kBurst);
  }
  CHECK(attempts.addresses() == FailedAttempts::kMaxAddresses);
  CHECK(tried(attempts, "0", 1'000) == kStill);  // and is now the one used last
  fail(attempts, "another", 1);
  CHECK(attempts.addresses() == FailedAttempts::kMaxAddresses);
  CHECK(tried(attempts, "0", 1'000) == 0);
  CHECK(tried(attempts, "1", 1'000) == 1'000);  // used longest ago: forgotten
}

TEST_CASE("what counts as one address") {
  const auto of = [](const std::string& text) { return address_of({Link::curve, "", text}); };
  CHECK(of("192.0.2.7") == "192.0.2.7");
  CHECK(of("::ffff:192.0.2.7") == "192.0.2.7");
  CHECK(of("2001:db8:1:2:3:4:5:6") == of("2001:db8:1:2::9"));
  CHECK(of("2001:db8:1:2::9") != of("2001:db8:1:3::9"));
  CHECK(of("fe80::1%eth0") == of("fe80::2%eth1"));
  CHECK(address_of({Link::own}) != address_of({Link::loopback}));
}
