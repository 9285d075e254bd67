#include <catch2/catch.hpp>
#include <chrono>
#include <iostream>

#include "flow/address.h"
#include "flow/expand.h"
#include "tests/flow/fake_plugins.h"

using flow_test::Broken;
using flow_test::load;

namespace {

const std::string kFlow = "flow = \"f\"\n";
const std::string kRoute = "[route]\n\"/say\" = \"shout\"\n";
const std::string kShout = "[[executor]]\nname = \"shout\"\n";

/// Line 1 flow, 2-3 route, 4-5 executor; `line` is line 6.
std::string executor_with(const std::string& line) {
  return kFlow + kRoute + kShout + line + "\n";
}

/// `lines` begin at line 2.
std::string top_with(const std::string& lines) {
  return kFlow + lines + "\n" + kRoute + kShout;
}

/// `line` is line 3.
std::string route_with(const std::string& line) {
  return kFlow + "[route]\n" + line + "\n" + kShout;
}

std::string long_socket(std::size_t bytes) {
  return "ipc:///" + std::string(bytes - 1, 's');
}

std::string listen(const std::string& address) {
  return top_with("[gateway]\nlisten = [\"" + address + "\"]");
}

std::string shouters(std::size_t count) {
  std::string text = kFlow + "[route]\n\"/say\" = \"s0\"\n";
  for (std::size_t i = 0; i < count; ++i) {
    text += "\"/say" + std::to_string(i) + "\" = \"s" + std::to_string(i) + "\"\n";
  }
  for (std::size_t i = 0; i < count; ++i) {
    text += "[[executor]]\nname = \"s" + std::to_string(i) + "\"\nrun = \"shout\"\n";
  }
  return text;
}

std::string hops(std::size_t count) {
  std::string path = "shout";
  for (std::size_t i = 1; i < count; ++i) path += " > shout";
  return route_with("\"/say\" = \"" + path + "\"");
}

std::string dotted(std::size_t keys) {
  std::string text = "x";
  for (std::size_t i = 1; i < keys; ++i) text += ".x";
  return text;
}

std::string items(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += "\"x\", ";
  return text;
}

std::string of_bytes(std::size_t bytes) {
  const std::string text = kFlow + kRoute + kShout + "#";
  return text + std::string(bytes - text.size(), 'x');
}

const std::vector<Broken> kBroken = {
    {"no TOML", kFlow + "[route\n", "2:7", "", "toml.io"},
    {"a table name that begins with a dot", kFlow + "[.route]\n", "2:2", "key", "toml.io"},
    {"a table name that is no word", kFlow + "[/route]\n", "2:2", "key", "toml.io"},
    {"a half of a character", kFlow + "# \xff\n", "2:2", "", "toml.io"},
    {"arrays in arrays without end", kFlow + "x = " + std::string(5000, '[') + "\n", "2:261",
     "nested", "toml.io"},
    {"keys in keys without end", kFlow + dotted(400'000) + " = 1\n", "2:130", "more than 64 dots",
     "fewer"},
    {"a dot too many", top_with("#" + std::string(flow::kMaxDotsInLine + 1, '.')), "2:66",
     "more than 64 dots", "several"},
    {"a list item too many",
     route_with("\"/say\" = { path = \"shout\", serial = [" + items(17) + "] }"), "3:37",
     "'serial' has more than 16 items", "fewer"},
    {"no flow key", kRoute + kShout, "1:1", "'flow' is missing", "flow = "},
    {"flow is no string", "flow = 3\n", "1:8", "'flow' is an int, expected a string", ""},
    {"flow is no name", "flow = \"My Flow\"\n", "1:8", "'My Flow' is no name", "a-z"},
    {"unknown schema", "flow = \"f\"\nschema = 2\n", "2:10", "'schema' is 2, expected 1 to 1", ""},
    {"unknown top key", top_with("rout = 1"), "2:1",
     "'rout' in the flow file (did you mean 'route'?)", "gateway"},
    {"unknown gateway key", top_with("[gateway]\nlisen = []"), "3:1",
     "'lisen' in [gateway] (did you mean 'listen'?)", "beat"},
    {"gateway is no table", top_with("gateway = 1"), "2:11", "[gateway] is an int", "table"},
    {"listen is no array", top_with("[gateway]\nlisten = \"x\""), "3:10", "'listen' is a string",
     "array"},
    {"listen holds a number", top_with("[gateway]\nlisten = [1]"), "3:11", "is an int", "string"},
    {"listen is empty", top_with("[gateway]\nlisten = []"), "3:10", "is empty", "leave it out"},
    {"listen on a name that looks like loopback", listen("tcp://127.0.0.1.example.org:5555"),
     "3:10", "no numeric host", "127.0.0.1"},
    {"access that is no table", top_with("access = true"), "2:10", "[access] is a bool", "table"},
    {"an unknown key of access", top_with("[access]\nuser = []"), "3:1",
     "'user' in [access] (did you mean 'users'?)", "admins"},
    {"a user that is no address", top_with("[access]\nusers = [\"ann\"]"), "3:9",
     "'ann' is no address and no domain", "example.org"},
    {"a token key without an issuer",
     top_with("[[access.jwt]]\nalg = \"RS256\"\nkey = \"k\"\naud = \"a\""), "2:1",
     "'iss' is missing", "needed"},
    {"an algorithm that nobody should take",
     top_with("[[access.jwt]]\nalg = \"none\"\nkey = \"k\"\naud = \"a\"\niss = \"i\""), "2:1",
     "'none' is no algorithm", "RS256"},
    {"a route for nobody", route_with("\"/say\" = { path = \"shout\", access = \"none\" }"), "3:37",
     "'access' is 'none'", "admin"},
    {"listen without port", listen("tcp://127.0.0.1"), "3:10", "no port", "5555"},
    {"listen on port 0", listen("tcp://127.0.0.1:0"), "3:10", "no port", "5555"},
    {"listen on port 65536", listen("tcp://127.0.0.1:65536"), "3:10", "no port", "5555"},
    {"listen on another transport", listen("udp://127.0.0.1:5555"), "3:10", "no address", "ipc://"},
    {"listen on a relative path", listen("ipc://gateway.sock"), "3:10", "no absolute path",
     "${var.run}"},
    {"listen on too long a path", listen(long_socket(flow::kMaxSocketPathBytes + 1)), "3:10",
     "has 108 bytes, at most 107", "SOUVENIR_HOME"},
    {"beat without a unit", top_with("[gateway]\nbeat = \"5\""), "3:8", "no duration", "5s"},
    {"beat as a number", top_with("[gateway]\nbeat = 5"), "3:8", "'beat' is an int", "5s"},
    {"a lease shorter than a beat", top_with("[gateway]\nlease = \"2s\""), "2:1", "not longer",
     "beat"},
    {"a variable that is no string", top_with("[var]\nx = 1"), "3:5", "'x' is an int", "string"},
    {"a built-in variable", top_with("[var]\nrun = \"/\""), "3:7", "'run' is built in", "name"},
    {"an unknown variable", top_with("[var]\nmodel = \"a\"\nx = \"${var.modle}\""), "4:5",
     "no variable 'modle' (did you mean 'model'?)", "[var]"},
    {"a circular variable", top_with("[var]\na = \"${var.b}\"\nb = \"${var.a}\""), "3:5",
     "'a' uses itself", "circle"},
    {"an unset environment variable", top_with("[var]\na = \"${env.SOUVENIR_TEST_UNSET}\""), "3:5",
     "'SOUVENIR_TEST_UNSET' is not set", ":-default"},
    {"an open substitution", top_with("[var]\na = \"${var.run\""), "3:5", "without '}'", "'}'"},
    {"another substitution", top_with("[var]\na = \"${HOME}\""), "3:5", "'${HOME}' is neither",
     "${env.NAME}"},
    {"too much text",
     top_with("[var]\na = \"" + std::string(flow::kMaxExpandedBytes + 1, 'x') + "\""), "3:5",
     "longer than", "shorter"},
    {"no executor", kFlow + kRoute, "1:1", "no executor", "[[executor]]"},
    {"executor is one table", kFlow + kRoute + "[executor]\nname = \"shout\"\n", "4:1",
     "'executor' is a table", "[[executor]]"},
    {"an executor too many", shouters(flow::kMaxExecutors + 1), "69:1", "more than 64 executors",
     ""},
    {"an executor without name", kFlow + kRoute + "[[executor]]\nrun = \"shout\"\n", "4:1",
     "no name", "name = "},
    {"a name with a capital", kFlow + "[[executor]]\nname = \"Shout\"\n", "3:8",
     "'Shout' is no name", "a-z"},
    {"too long a name", kFlow + "[[executor]]\nname = \"" + std::string(33, 'n') + "\"\n", "3:8",
     "is no name", "32"},
    {"two of a name", kFlow + kRoute + kShout + kShout, "6:1", "two executors 'shout'", ":4:1"},
    {"an unknown executor key", executor_with("replica = 2"), "6:1",
     "'replica' in [[executor]] (did you mean 'replicas'?)", "timeout"},
    {"an unknown plugin", executor_with("run = \"shuot\""), "6:7", "no plugin 'shuot'", "build"},
    {"an empty run", executor_with("run = \"\""), "6:7", "'run' is empty", "plugin"},
    {"no replica", executor_with("replicas = 0"), "6:12", "'replicas' is 0, expected 1 to 64", ""},
    {"a replica too many", executor_with("replicas = 65"), "6:12", "'replicas' is 65", "range"},
    {"replicas as text", executor_with("replicas = \"2\""), "6:12", "'replicas' is a string",
     "int"},
    {"replicas as a fraction", executor_with("replicas = 1.5"), "6:12", "'replicas' is a float",
     "int"},
    {"timeout of zero", executor_with("timeout = \"0s\""), "6:11", "expected 1ms to 24h", "range"},
    {"timeout below zero", executor_with("timeout = \"-1s\""), "6:11", "no duration", "5s"},
    {"timeout with a space", executor_with("timeout = \"5 s\""), "6:11", "no duration", "5s"},
    {"timeout of more than a day", executor_with("timeout = \"86400001ms\""), "6:11", "1ms to 24h",
     ""},
    {"timeout past any number", executor_with("timeout = \"99999999999999999999s\""), "6:11",
     "no duration", ""},
    {"ready = none", executor_with("ready = \"none\""), "6:9", "'ready' is 'none'", "10m"},
    {"an unknown queue key", executor_with("queue = { item = 2 }"), "6:11",
     "'item' in 'queue' (did you mean 'items'?)", "full"},
    {"no place in a queue", executor_with("queue.items = 0"), "6:15", "'items' is 0", "range"},
    {"a queue item too many", executor_with("queue.items = 4097"), "6:15", "expected 1 to 4096",
     ""},
    {"an unknown way to be full", executor_with("queue.full = \"rejct\""), "6:14",
     "'full' is 'rejct' (did you mean 'reject'?)", "block, reject"},
    {"an unknown host", executor_with("host = \"gpu-box\""), "6:8", "'host' is 'gpu-box'",
     "remote"},
    {"a GPU too many", executor_with("gpu = 9"), "6:7", "'gpu' is 9, expected 0 to 8", ""},
    {"a GPU for nothing", executor_with("gpu = 1"), "6:7", "does not use a GPU", "take gpu out"},
    {"an unknown restart key", executor_with("restart = { withn = \"1m\" }"), "6:13",
     "did you mean 'within'?", "wait"},
    {"with is no table", executor_with("with = 3"), "6:8", "'with' is an int", "table"},
    {"a parameter that is a date", executor_with("with.word = 2026-01-01"), "6:13",
     "'word' is a date or time", "float"},
    {"an environment name with a dash", executor_with("env.A-B = \"x\""), "6:5", "'A-B' is no name",
     "digits"},
    {"an environment number", executor_with("env.A = 1"), "6:9", "'A' is an int", "string"},
    {"a NUL in a string", executor_with("env.A = \"a\\u0000b\""), "6:9", "NUL", "take it out"},
    {"no route", kFlow + kShout, "1:1", "no route", "[route]"},
    {"a route too many",
     [] {
       std::string text = kFlow + "[route]\n";
       for (std::size_t i = 0; i <= flow::kMaxRoutes; ++i) {
         text += "\"/r" + std::to_string(i) + "\" = \"shout\"\n";
       }
       return text + kShout;
     }(),
     "2:1", "more than 256 routes", ""},
    {"an endpoint without slash", route_with("say = \"shout\""), "3:1", "'say' is no endpoint",
     "/name"},
    {"an endpoint with a capital", route_with("\"/Say\" = \"shout\""), "3:1",
     "'/Say' is no endpoint", "a-z"},
    {"too long an endpoint", route_with("\"/" + std::string(64, 'e') + "\" = \"shout\""), "3:1",
     "is no endpoint", "64"},
    {"an unknown route key", route_with("\"/say\" = { path = \"shout\", seral = [\"x\"] }"), "3:28",
     "did you mean 'serial'?", "path"},
    {"a route without path", route_with("\"/say\" = { serial = [\"x\"] }"), "3:1", "has no path",
     "path = "},
    {"a path that is a list", route_with("\"/say\" = [\"shout\"]"), "3:10", "a path is an array",
     "a > b"},
    {"a path with a hole", route_with("\"/say\" = \"shout > > shout\""), "3:10", "an empty place",
     "a > b"},
    {"an empty path", route_with("\"/say\" = \"\""), "3:10", "an empty place", "a > b"},
    {"an unknown stage", route_with("\"/say\" = \"shuot\""), "3:10",
     "no executor 'shuot' (did you mean 'shout'?)", "shout"},
    {"a hop too many", hops(flow::kMaxHops + 1), "3:10", "more than 64 stages", "split"},
    {"serial is a string", route_with("\"/say\" = { path = \"shout\", serial = \"x\" }"), "3:37",
     "'serial' is a string", "array"},
    {"a serial field with a dot", route_with("\"/say\" = { path = \"shout\", serial = [\"a.b\"] }"),
     "3:37", "'a.b' is no name of a field", "target_model"},
    {"a key twice", executor_with("name = \"again\""), "6:8", "", "toml.io"},
    {"a file past the limit", of_bytes(flow::kMaxFlowFileBytes + 1), "1:1", "at most 1048576 bytes",
     "data"},
};

}  // namespace

TEST_CASE("queues in bytes, sticky routing and batches are read, up to their limits") {
  const auto flow = load(kFlow + "[route]\n\"/say\" = \"many\"\n" + R"([[executor]]
name = "many"
queue = { items = 8, bytes = "2GiB" }
sticky = "target_model"
batch = { size = 64, wait = "5ms", by = ["model", "size"] }
)");
  const auto& stage = flow.stages.at(0);
  CHECK(stage.queue_bytes == 2ull << 30);
  CHECK(stage.sticky == "target_model");
  CHECK(stage.batch.size == 64);
  CHECK(stage.batch.wait_ms == 5);
  CHECK(stage.batch.by == std::vector<std::string>{"model", "size"});
}

TEST_CASE("wrong sizes, sticky fields and batches are refused at their place") {
  const auto many = [](const std::string& line, const std::string& name = "many") {
    return kFlow + "[route]\n\"/say\" = \"" + name + "\"\n[[executor]]\nname = \"" + name + "\"\n" +
           line + "\n";
  };
  for (const Broken& broken : std::vector<Broken>{
           {"a size without unit", many("queue = { bytes = \"5\" }"), "6:19", "is no size", "MiB"},
           {"a size of nothing", many("queue = { bytes = \"0KiB\" }"), "6:19", "is no size", "MiB"},
           {"a size as a number", many("queue = { bytes = 5 }"), "6:19", "'bytes' is an int",
            "size"},
           {"sticky by no field", many("sticky = \"Target\""), "6:10", "is no name of a field",
            "body"},
           {"a batch of one", many("batch = { size = 1 }"), "6:18", "expected 2 to 64", "range"},
           {"a batch of 65", many("batch = { size = 65 }"), "6:18", "expected 2 to 64", "range"},
           {"a batch of no size", many("batch = { wait = \"5ms\" }"), "6:9", "has no size",
            "size = 8"},
           {"a batch for a plugin that takes one at a time", many("batch = { size = 2 }", "shout"),
            "6:9", "takes one message at a time", "company"}}) {
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
  CHECK(flow.access.users.size() == 2);
  REQUIRE(flow.access.tokens.size() == 1);
  CHECK(flow.access.tokens[0].key == flow.file.parent_path() / "idp.pem");
  CHECK(flow.access.tokens[0].claim == "email");
  CHECK_FALSE(load(top_with("")).access.on);
}

TEST_CASE("a broken flow file is refused with its place, the cause and a remedy") {
  CHECK(kBroken.size() >= 50);
  for (const auto& broken : kBroken) flow_test::require_refused(broken);
}

TEST_CASE("a flow file that is missing or a folder is refused by name") {
  for (const char* file : {"nowhere.toml", "."}) {
    CHECK_THROWS_WITH(flow::load_flow_with(file, "/home/run", "/share", flow_test::find_fake),
                      Catch::StartsWith(std::string(file) + ":1:1: this flow file cannot be read"));
  }
}

TEST_CASE("what stands exactly at a limit is accepted") {
  CHECK(load(shouters(flow::kMaxExecutors)).stages.size() == flow::kMaxExecutors);
  CHECK(load(hops(flow::kMaxHops)).routes[0].path.size() == flow::kMaxHops);
  CHECK(load(of_bytes(flow::kMaxFlowFileBytes)).stages.size() == 1);
  CHECK(load(listen(long_socket(flow::kMaxSocketPathBytes))).listen.size() == 1);
  CHECK(load(top_with("#" + std::string(flow::kMaxDotsInLine, '.'))).stages.size() == 1);
  CHECK(load(route_with("\"/say\" = { path = \"shout\", serial = [" + items(16) + "] }"))
            .routes.size() == 1);
  CHECK(load(executor_with("replicas = 64")).stages[0].replicas == 64);
  CHECK(load(executor_with("queue.items = 4096")).stages[0].queue_items == 4096);
  CHECK(load(executor_with("timeout = \"24h\"")).stages[0].timeout_ms == flow::kMaxDuration_ms);
  CHECK(load(route_with("\"/" + std::string(63, 'e') + "\" = \"shout\"")).routes.size() == 1);
}

TEST_CASE("the deepest document within the limits is refused, not fatal") {
  std::string text = kFlow;
  for (int i = 0; i < 127; ++i) text += (i == 0 ? "" : "{") + dotted(65) + " = [\n";
  for (int i = 126; i >= 0; --i) text += i == 0 ? "]\n" : "]}";
  CHECK_THROWS_WITH(load(text), Catch::Contains("unknown key 'x' in the flow file"));
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
  const auto file = std::filesystem::path(__FILE__).parent_path() / "../../flow/souvenir.toml";
  ::unsetenv("SOUVENIR_MODEL");
  const auto began = std::chrono::steady_clock::now();
  const auto flow = flow::load_flow_with(file, "/home/run", "/share", flow_test::find_fake);
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - began;
  std::cout << "check of the shipped flow: " << took.count() << " ms\n";
  CHECK(flow.stages.size() == 5);
  const flow::Route* finetune = flow.find_route("/finetune");
  REQUIRE(finetune != nullptr);
  CHECK(finetune->accepts == std::vector<std::string>{"finetune.v1"});
  CHECK(finetune->answers == std::vector<std::string>{"finetuned.v1"});
  CHECK(flow.find_route("/picture")->accepts == std::vector<std::string>{"latents.v1"});
  CHECK(flow.find_route("/nothing") == nullptr);
  CHECK(std::get<std::string>(flow.stages[0].with.at("model")) == "/share/base-model");
}
