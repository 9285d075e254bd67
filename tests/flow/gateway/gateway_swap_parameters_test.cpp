// The parameters of a stage when another plugin takes over, and what is shown of it.
#include <catch2/catch.hpp>

#include "schemas/link.h"
#include "tests/flow/gateway/gateway_fixture.h"

using namespace flow;
using namespace flow_test;

namespace {

// The first stage's plugin has a model and a batch; "plain" has a batch, too, and a rate.
struct Stand : Fixture {
  executor::Plugin full, plain;
  std::uint32_t replica = 0;

  Stand() {
    full = flow.stages[0].plugin;
    full.params = {{"model", std::string("none"), "the model"},
                   {"batch", std::int64_t{2}, "how many", 1, 64}};
    plain = full;
    plain.name = "plain";
    plain.params = {{"batch", std::int64_t{1}, "how many", 1, 16},
                    {"rate", 0.5, "how fast", 0, 1},
                    {"loud", false, "whether"},
                    {"word", std::string("a"), "what"}};
    flow.stages[0].run = "first";
    flow.stages[0].plugin = full;
    flow.stages[0].with = {{"model", std::string("/m/base")}, {"batch", std::int64_t{8}}};
    plugins = {{"first", full}, {"plain", plain}};
    join_all();
    sent.clear();
  }
  void swap(const std::string& run, const schemas::Values& with = {}) {
    give("operator", {.kind = Kind::control, .id = 9, .type = "control.v1", .owner = "me"},
         schemas::pack(schemas::Control{"swap", "first=" + run, with}));
  }
  /// The new process joins, is tried and takes over; what it was welcomed with.
  schemas::Values taken_over(const std::string& run) {
    const std::string peer = "new" + std::to_string(++replica);
    join(peer, 0, 4, replica, &plugins.at(run));
    const auto welcomes = take(peer, Kind::welcome);
    REQUIRE(welcomes.size() == 1);
    now += std::chrono::seconds(1);
    give("s2", {.kind = Kind::beat});
    gateway().on_tick(now);
    CHECK(take("operator", Kind::report).size() == 1);
    for (const auto& stage : gateway().status().stages) {
      if (stage.name == "first" && stage.state == "leaving") {
        give(replica == 1 ? "s1" : "new" + std::to_string(replica - 1), {.kind = Kind::bye});
        break;
      }
    }
    return schemas::unpack<schemas::Welcome>(welcomes[0].body.view()).with;
  }
  schemas::StageStatus shown() { return gateway().status().stages.at(0); }
};

}  // namespace

TEST_CASE("a swap keeps the parameters that both plugins have, and the swap back restores all") {
  Stand f;
  const schemas::Values before = f.flow.stages[0].with;
  f.swap("plain");
  CHECK(f.taken_over("plain") == schemas::Values{{"batch", std::int64_t{8}}});
  CHECK(f.flow.stages[0].with == schemas::Values{{"batch", std::int64_t{8}}});
  f.swap("first");
  CHECK(f.taken_over("first") == before);
  CHECK(f.flow.stages[0].with == before);
}

TEST_CASE("a swap's own parameters decide, and texts are read as their types") {
  Stand f;
  f.swap("plain", {{"batch", std::string("16")},
                   {"rate", std::string("0.25")},
                   {"loud", std::string("true")},
                   {"word", std::string("7")}});
  CHECK(f.taken_over("plain") == schemas::Values{{"batch", std::int64_t{16}},
                                                 {"loud", true},
                                                 {"rate", 0.25},
                                                 {"word", std::string("7")}});
  // A value that goes with it is no text.
  f.swap("first", {{"batch", std::int64_t{3}}});
  CHECK(std::get<std::int64_t>(f.taken_over("first").at("batch")) == 3);
}

TEST_CASE("a swap whose parameters do not fit is refused and names them") {
  Stand f;
  using Bad = std::pair<schemas::Values, std::string>;
  for (const auto& [with, cause] :
       {Bad{{{"batch", std::string("17")}}, "'batch' is 17, expected 1 to 16"},
        Bad{{{"batch", std::string("0x2")}}, "'batch' is string, expected int"},
        Bad{{{"batch", std::string("")}}, "'batch' is string, expected int"},
        Bad{{{"rate", std::string("nan")}}, "'rate' is string, expected float"},
        Bad{{{"rate", std::string("1.5")}}, "'rate' is 1.5, expected 0 to 1"},
        Bad{{{"loud", std::string("yes")}}, "'loud' is string, expected bool"},
        Bad{{{"rat", std::string("1")}}, "did you mean 'rate'"}}) {
    INFO(cause);
    f.swap("plain", with);
    const auto fault = f.refused("operator");
    CHECK(fault.code == "bad_config");
    CHECK(fault.cause.find(cause) != std::string::npos);
  }
  // What the old plugin was given may not fit the new one.
  f.flow.stages[0].with["batch"] = std::int64_t{17};
  f.swap("plain");
  CHECK(f.refused("operator").hint.find("--with batch=VALUE") != std::string::npos);
  CHECK(f.started.empty());
}

TEST_CASE("status shows what each process runs, with which parameters") {
  Stand f;
  CHECK(f.shown().plugin == "first");
  CHECK(f.shown().with == f.flow.stages[0].with);
  f.swap("plain", {{"rate", std::string("1")}});
  CHECK(f.shown().plugin == "first");
  f.taken_over("plain");
  CHECK(f.shown().plugin == "plain");
  CHECK(f.shown().with == schemas::Values{{"batch", std::int64_t{8}}, {"rate", 1.0}});
}

TEST_CASE("status says how long a stage may be silent") {
  Stand f;
  CHECK(f.shown().silence_ms == 40'000);
  f.flow.lease_ms = 60'000;
  CHECK(f.shown().silence_ms == 60'000);
}
