#include <catch2/catch.hpp>
#include <chrono>
#include <iostream>

#include "flow/file/expand.h"
#include "tests/flow/file/fake_plugins.h"
#include "tests/flow/file/flow_text.h"

using namespace flow_test;

TEST_CASE("queues in bytes, sticky routing and batches are read, up to their limits") {
  const auto flow = load(kFlow + "[route]\n\"/say\" = \"many\"\n" + R"([[executor]]
name = "many"
queue = { items = 8, bytes = "2GiB" }
sticky = "settings.target_model"
batch = { size = 64, wait = "5ms", by = ["model", "size"] }
)");
  const auto& stage = flow.stages.at(0);
  CHECK(stage.queue_bytes == 2ull << 30);
  CHECK(stage.sticky == "settings.target_model");
  CHECK(stage.batch.size == 64);
  CHECK(stage.batch.wait_ms == 5);
  CHECK(stage.batch.by == std::vector<std::string>{"model", "size"});
}

TEST_CASE("a flow file has up to 256 variables") {
  CHECK_NOTHROW(load(variables(flow::kMaxVars)));
}

TEST_CASE("wrong sizes, sticky fields and batches are refused at their place") {
  const auto many = [](const std::string& line, const std::string& name = "many") {
    return kFlow + "[route]\n\"/say\" = \"" + name + "\"\n[[executor]]\nname = \"" + name + "\"\n" +
           line + "\n";
  };
  for (const Broken& broken : std::vector<Broken>{
           {"a size without unit", many("queue = { bytes = \"5\" }"), "6:19", "is not a size",
            "MiB"},
           {"a size of nothing", many("queue = { bytes = \"0KiB\" }"), "6:19", "is not a size",
            "MiB"},
           {"a size as a number", many("queue = { bytes = 5 }"), "6:19", "'bytes' is an int",
            "size"},
           {"sticky by no field", many("sticky = \"Target\""), "6:10", "is not the name of a field",
            "body"},
           {"sticky by half a path", many("sticky = \"settings.\""), "6:10",
            "is not the name of a field", "settings.version"},
           {"sticky by the other half", many("sticky = \".version\""), "6:10",
            "is not the name of a field", "settings.version"},
           {"sticky by a path with a gap", many("sticky = \"a..b\""), "6:10",
            "is not the name of a field", "settings.version"},
           {"a batch of one", many("batch = { size = 1 }"), "6:18", "expected 2 to 64", "range"},
           {"a batch of 65", many("batch = { size = 65 }"), "6:18", "expected 2 to 64", "range"},
           {"a batch of no size", many("batch = { wait = \"5ms\" }"), "6:9", "has no size",
            "size = 8"},
           {"a batch for a plugin that takes one at a time", many("batch = { size = 2 }", "shout"),
            "6:9", "takes one message at a time", "beside its own"}}) {
    require_refused(broken);
  }
}

TEST_CASE("access is read, and a flow that listens to others has an address of its own first") {
  const auto flow = load(top_with(R"([gateway]
listen = ["tcp://*:7000"]
[access]
users = ["ann@example.org", "lab.net"]
admins = ["root@example.org"]
trust_ipc = false
audit = "both"
[[access.jwt]]
kid = "2026"
alg = "ES256"
key = "idp.pem"
iss = "https://login.example.org"
aud = "souvenir"
claim = "email")"));
  CHECK(flow.listen ==
        std::vector<std::string>{"ipc:///home/run/gateway.sock", "tcp://0.0.0.0:7000"});
  CHECK(flow.access.on);
  CHECK_FALSE(flow.access.trust_ipc);
  CHECK(flow.access.audit_file);
  CHECK(flow.access.audit_syslog);
  CHECK(flow.access.users.size() == 2);
  REQUIRE(flow.access.tokens.size() == 1);
  CHECK(flow.access.tokens[0].key == flow.file.parent_path() / "idp.pem");
  CHECK(flow.access.tokens[0].claim == "email");
  CHECK_FALSE(load(top_with("")).access.on);
}

TEST_CASE("every key reaches the flow") {
  const auto flow = load(R"(
flow = "all"
schema = 1
[gateway]
listen = ["ipc://${var.run}/g.sock", "tcp://127.0.0.1:5555", "tcp://localhost:5556", "tcp://[::1]:5557"]
beat = "500ms"
lease = "1m"
per_user = { jobs = 2, requests = 9 }
[route]
"/say" = { path = "loud>quiet", serial = ["text", "word"], durable = false }
[[executor]]
name = "loud"
run = "shout"
with = { times = 3, pitch = 1, loud = true, word = "${var.share}/w" }
env = { WORD = "${var.home}" }
replicas = 2
timeout = "20ms"
queue = { items = 7, full = "reject" }
host = "remote"
gpu = 0
restart = { n = 0, within = "5s", wait = "10ms" }
ready = "2h"
[[executor]]
name = "quiet"
run = "shout"
timeout = "none"
)");
  CHECK(flow.name == "all");
  CHECK(flow.listen == std::vector<std::string>{"ipc:///home/run/g.sock", "tcp://127.0.0.1:5555",
                                                "tcp://127.0.0.1:5556", "tcp://[::1]:5557"});
  CHECK(flow.beat_ms == 500);
  CHECK(flow.lease_ms == 60'000);
  CHECK(flow.jobs_per_user == 2);
  CHECK(flow.requests_per_user == 9);
  const flow::Route& route = flow.routes.at(0);
  CHECK(route.endpoint == "/say");
  CHECK(route.path == std::vector<std::size_t>{0, 1});
  CHECK(route.serial == std::vector<std::string>{"text", "word"});
  CHECK(route.place.text() == flow_test::flow_path().string() + ":10:1");
  CHECK_FALSE(route.durable);
  const flow::Stage& loud = flow.stages.at(0);
  CHECK(loud.run == "shout");
  CHECK(loud.library == "/plugins/shout.so");
  CHECK(loud.plugin.name == "shout");
  CHECK(std::get<std::int64_t>(loud.with.at("times")) == 3);
  CHECK(std::get<std::int64_t>(loud.with.at("pitch")) == 1);
  CHECK(std::get<bool>(loud.with.at("loud")));
  CHECK(std::get<std::string>(loud.with.at("word")) == "/share/w");
  CHECK(loud.env.at("WORD") == "/home");
  CHECK(loud.replicas == 2);
  CHECK(loud.timeout_ms == 20);
  CHECK(loud.queue_items == 7);
  CHECK(loud.when_full == flow::WhenFull::reject);
  CHECK(loud.remote);
  CHECK(loud.restart.n == 0);
  CHECK(loud.restart.within_ms == 5'000);
  CHECK(loud.restart.wait_ms == 10);
  CHECK(loud.ready_ms == 7'200'000);
  CHECK(flow.stages.at(1).timeout_ms == 0);
}

TEST_CASE("a key that is left out has its default") {
  const auto flow = load(kFlow + kRoute + kShout);
  CHECK(flow.listen == std::vector<std::string>{"ipc:///home/run/gateway.sock"});
  CHECK(flow.beat_ms == 2'000);
  CHECK(flow.lease_ms == 30'000);
  CHECK(flow.jobs_per_user == 4);
  CHECK(flow.requests_per_user == 1'024);
  CHECK_FALSE(flow.routes[0].durable);
  CHECK(load(route_with("\"/say\" = { path = \"shout\", serial = [\"text\"] }")).routes[0].durable);
  CHECK(load(route_with("\"/say\" = { path = \"shout\", durable = true }")).routes[0].durable);
  CHECK(load(route_with("\"/say\" = { path = \"shout\", query = true }")).routes[0].query);
  CHECK_FALSE(load(route_with("\"/say\" = { path = \"shout\", durable = true }")).routes[0].query);
  CHECK(flow.stages[0].run == "shout");
  CHECK(flow.stages[0].replicas == 1);
  CHECK(flow.stages[0].queue_items == 64);
  CHECK_FALSE(flow.stages[0].remote);
}

TEST_CASE("substitution takes variables, the environment and defaults") {
  ::setenv("SOUVENIR_TEST_SET", "set", 1);
  ::setenv("SOUVENIR_TEST_EMPTY", "", 1);
  ::unsetenv("SOUVENIR_TEST_UNSET");
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"${var.a}", "set/b"},
      {"<${env.SOUVENIR_TEST_SET}>", "<set>"},
      {"${env.SOUVENIR_TEST_EMPTY}", ""},
      {"${env.SOUVENIR_TEST_EMPTY:-d}", "d"},
      {"${env.SOUVENIR_TEST_UNSET:-d}", "d"},
      {"${env.SOUVENIR_TEST_UNSET:-}", ""},
      {"${env.SOUVENIR_TEST_UNSET:-${var.b}x}y", "bxy"},
      {"a $ b {c}", "a $ b {c}"},
  };
  for (const auto& [written, value] : cases) {
    const auto flow = load(kFlow + kRoute + kShout + "with.word = \"" + written + "\"\n" +
                           "[var]\na = \"${env.SOUVENIR_TEST_SET}/${var.b}\"\nb = \"b\"\n");
    CHECK(std::get<std::string>(flow.stages[0].with.at("word")) == value);
  }
}

TEST_CASE("variables that multiply each other do not grow without end") {
  std::string text = kFlow + kRoute + kShout + "[var]\nv0 = \"\"\n";
  for (int i = 1; i <= 20; ++i) {
    text += "v" + std::to_string(i) + " = \"";
    for (int k = 0; k < 50; ++k) text += "${var.v" + std::to_string(i - 1) + "}";
    text += "\"\n";
  }
  CHECK(load(text).stages.size() == 1);
}

TEST_CASE("the shipped flow passes the check, in milliseconds") {
  const auto file = std::filesystem::path(__FILE__).parent_path() / "../../../flow/souvenir.toml";
  ::unsetenv("SOUVENIR_MODEL");
  const auto began = std::chrono::steady_clock::now();
  const auto flow = flow::load_flow_with(file, "/home/run", "/share", flow_test::find_fake);
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - began;
  std::cout << "check of the shipped flow: " << took.count() << " ms\n";
  CHECK(flow.stages.size() == 6);
  const flow::Route* finetune = flow.find_route("/finetune");
  REQUIRE(finetune != nullptr);
  CHECK(finetune->accepts == std::vector<std::string>{"finetune.v1"});
  CHECK(finetune->answers == std::vector<std::string>{"finetuned.v1"});
  CHECK(flow.find_route("/picture")->accepts == std::vector<std::string>{"latents.v1"});
  CHECK(flow.find_route("/nothing") == nullptr);
  for (const auto& route : flow.routes) {
    INFO(route.endpoint);
    const bool admin =
        route.endpoint.starts_with("/admin/") || route.endpoint == "/update_rare_identifiers";
    CHECK((route.access == flow::access::Access::admin) == admin);
  }
  CHECK(std::get<std::string>(flow.stages[0].with.at("model")) == "/share/base-model");
}
