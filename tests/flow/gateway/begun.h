#pragma once

#include <string>

#include "tests/flow/gateway/gateway_fixture.h"

namespace flow_test {

inline std::string accepted(Fixture& f, const std::string& client = "client") {
  const auto packets = f.take(client, Kind::accepted);
  REQUIRE(packets.size() == 1);
  return packets[0].header.job;
}

// One job on /durable, in the hands of the first stage.
struct Begun : Fixture {
  explicit Begun(flow::Flow flow_in = two_stages()) : Fixture(std::move(flow_in)) {
    join_all();
    request(1, "/durable");
    job = accepted(*this);
    work = take("s1", Kind::work).at(0);
  }
  void die(std::size_t stage_index) {
    gateway().on_stage_died(stage_index, 0, "was killed by signal 9 (Killed)", true);
  }
  schemas::JobStatus show() {
    control(99, "show", job);
    return report().at(0);
  }
  std::string job;
  Packet work;
};

}  // namespace flow_test
