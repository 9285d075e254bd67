#include "flow/file/address.h"

#include <catch2/catch.hpp>

#include "executor/error.h"

TEST_CASE("an address has an absolute path, or a numeric host and a port") {
  const flow::Place place{"f.toml", 1, 1};
  for (const char* good :
       {"tcp://127.0.0.1:1", "tcp://127.255.0.3:65535", "tcp://[::1]:80", "tcp://0.0.0.0:1",
        "tcp://192.168.0.7:80", "tcp://[::]:80", "tcp://[fe80::1]:80"}) {
    CHECK(flow::check_address(good, place) == good);
  }
  for (const auto& [given, canonical] : {
           std::pair{"tcp://[::ffff:127.0.0.1]:80", "tcp://127.0.0.1:80"},
           {"tcp://[::FFFF:10.0.0.1]:80", "tcp://10.0.0.1:80"},
           {"tcp://[::ffff:0:0]:80", "tcp://0.0.0.0:80"},
           {"tcp://[0:0:0:0:0:0:0:1]:80", "tcp://[::1]:80"},
           {"tcp://[0::0]:80", "tcp://[::]:80"},
           {"tcp://[FE80:0::1%lo]:80", "tcp://[fe80::1%lo]:80"},
       }) {
    CHECK(flow::check_address(given, place) == canonical);
  }
  for (const char* bad : {"tcp://127.0.0:80",
                          "tcp://127.0.0.0.1:80",
                          "tcp://127.0.0.256:80",
                          "tcp://127.0.0.01:80",
                          "tcp://:80",
                          "tcp://[::g]:80",
                          "tcp://[]:80",
                          "tcp://::1:80",
                          "tcp://eth0:80",
                          "tcp://host.org:80",
                          "tcp://127.0.0.1:",
                          "tcp://127.0.0.1:x",
                          "tcp://127.0.0.1:080",
                          "tcp://127.:80",
                          "tcp://[fe80::1%]:80",
                          "tcp://[::1%lo]:80",
                          "ipc://",
                          "ipc://*",
                          "ipc://@x",
                          "inproc://x",
                          ""}) {
    INFO(bad);
    CHECK_THROWS_AS(flow::check_address(bad, place), executor::Error);
  }
}

TEST_CASE("an address tells whether others can reach it") {
  using flow::access::Link;
  CHECK(flow::link_of("ipc:///run/gateway.sock") == Link::own);
  CHECK(flow::link_of("tcp://127.0.0.1:80") == Link::loopback);
  CHECK(flow::link_of("tcp://[::1]:80") == Link::loopback);
  for (const char* open :
       {"tcp://0.0.0.0:80", "tcp://10.0.0.1:80", "tcp://[::]:80", "tcp://128.0.0.1:80"}) {
    CHECK(flow::link_of(open) == Link::curve);
  }
  CHECK(flow::check_address("tcp://*:80", {}) == "tcp://0.0.0.0:80");
}
