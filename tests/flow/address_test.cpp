#include "flow/address.h"

#include <catch2/catch.hpp>

#include "executor/error.h"

TEST_CASE("only addresses of this host are accepted") {
  const flow::Place place{"f.toml", 1, 1};
  for (const char* good : {"tcp://127.0.0.1:1", "tcp://127.255.0.3:65535", "tcp://[::1]:80"}) {
    CHECK(flow::check_address(good, place) == good);
  }
  for (const char* bad :
       {"tcp://128.0.0.1:80", "tcp://127.0.0:80", "tcp://127.0.0.0.1:80", "tcp://127.0.0.256:80",
        "tcp://127.0.0.01:80", "tcp://*:80", "tcp://:80", "tcp://[::2]:80",
        "tcp://127.0.0.1:", "tcp://127.0.0.1:x", "tcp://127.0.0.1:080", "tcp://127.:80", "ipc://",
        "ipc://*", "ipc://@x", "inproc://x", ""}) {
    INFO(bad);
    CHECK_THROWS_AS(flow::check_address(bad, place), executor::Error);
  }
}
