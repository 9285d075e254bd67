#include "flow/file/join_command.h"

#include <catch2/catch.hpp>

using flow::join_command;

TEST_CASE("a stage joins at the last address, and over the network with a key") {
  flow::Flow flow;
  flow::Stage stage;
  stage.name = "far";
  stage.run = "shout";
  const std::string begin = "souvenir stage far --plugin shout.so --connect ";
  const std::string key = " --key-file FILE, made here by souvenir keys make NAME --stage far";
  const auto at = [&](const std::string& address) {
    flow.listen = {"ipc:///home/run/gateway.sock", address};
    return join_command(flow, stage);
  };
  CHECK(at("ipc:///other.sock") == begin + "ipc:///other.sock");
  CHECK(at("tcp://127.0.0.1:7871") == begin + "tcp://127.0.0.1:7871");
  CHECK(at("tcp://0.0.0.0:7871") == begin + "tcp://HOST:7871" + key);
  CHECK(at("tcp://[::]:7871") == begin + "tcp://HOST:7871" + key);
  CHECK(at("tcp://10.0.0.1:7871") == begin + "tcp://10.0.0.1:7871" + key);
}
