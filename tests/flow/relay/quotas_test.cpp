#include "flow/relay/quotas.h"

#include <catch2/catch.hpp>

using namespace flow::relay;

TEST_CASE("the holder of a key has room for a request of 30 pictures of 32 MiB") {
  constexpr std::uint64_t request =
      30 * (32ULL << 20) + schemas::kMaxHeaderBytes + schemas::kMaxBodyBytes;
  Quotas quotas;
  CHECK(quotas.has_room(1, 0, request));
}

TEST_CASE("an owner has its bytes and not one more, whatever others have") {
  Quotas quotas;
  quotas.add(2, kOwnerBytes);
  const auto large = kSpareBytes + 1;
  CHECK(quotas.has_room(1, 0, kOwnerBytes));
  CHECK_FALSE(quotas.has_room(1, 0, kOwnerBytes + 1));
  quotas.add(1, kOwnerBytes - large);
  CHECK(quotas.has_room(1, 0, large));
  CHECK_FALSE(quotas.has_room(1, 0, large + 1));
  quotas.remove(1, 1);
  CHECK(quotas.has_room(1, 0, large + 1));
}

TEST_CASE("those without a key share one quota") {
  Quotas quotas;
  CHECK(quotas.has_room(kNobody, 0, kPlainBytes));
  CHECK_FALSE(quotas.has_room(kNobody, 0, kPlainBytes + 1));
}

TEST_CASE("a connection has a little room beside a full quota") {
  Quotas quotas;
  quotas.add(1, kOwnerBytes);
  CHECK(quotas.has_room(1, 0, kSpareBytes));
  CHECK_FALSE(quotas.has_room(1, 0, kSpareBytes + 1));
  CHECK(quotas.has_room(1, kSpareBytes - 1, 1));
  CHECK_FALSE(quotas.has_room(1, kSpareBytes, 1));
}

TEST_CASE("what is removed twice does no harm, and nothing stays of who has nothing") {
  Quotas quotas;
  quotas.add(1, 10);
  quotas.remove(1, 10);
  CHECK(quotas.size() == 0);
  quotas.remove(1, 10);
  quotas.add(1, 10);
  quotas.remove(1, 20);
  CHECK(quotas.ahead(1) == 0);
}
