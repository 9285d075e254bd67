#include "executor/server_address.h"

#include <catch2/catch.hpp>

#include "executor/error.h"

using executor::check_server_address;

TEST_CASE("an address of a server is a socket's path, or a host with a port") {
  const std::string longest = "ipc:///" + std::string(executor::kMaxSocketPathBytes - 1, 'x');
  for (const std::string& address :
       {std::string("ipc:///tmp/gateway.sock"), longest, std::string("tcp://127.0.0.1:1"),
        std::string("tcp://[::1]:65535"), std::string("tcp://host.example.org:7999")}) {
    INFO(address);
    CHECK_NOTHROW(check_server_address(address));
  }
}

TEST_CASE("any other address is refused with what is wrong with it") {
  const auto is_refused = [](const std::string& address, const std::string& cause) {
    INFO(address);
    CHECK_THROWS_WITH(check_server_address(address), Catch::Contains(cause));
  };
  for (const char* address : {"", "foo", "http://x", "127.0.0.1:7999", "TCP://127.0.0.1:7999"}) {
    is_refused(address, "no address of a server");
  }
  for (const char* address : {"ipc://", "ipc://run/gateway.sock"}) {
    is_refused(address, "no absolute path");
  }
  is_refused("ipc:///" + std::string(executor::kMaxSocketPathBytes, 'x'), "has 108 bytes");
  for (const char* address :
       {"tcp://", "tcp://127.0.0.1", "tcp://127.0.0.1:", "tcp://127.0.0.1:0", "tcp://:7999",
        "tcp://127.0.0.1:65536", "tcp://127.0.0.1:x", "tcp://127.0.0.1:7999/", "tcp://[::1]"}) {
    is_refused(address, "not a host with a port");
  }
  is_refused("tcp://::1:7999", "has no brackets");
}
