#include <catch2/catch.hpp>

#include "executor/server_address.h"
#include "flow/file/address.h"
#include "flow/file/expand.h"
#include "tests/flow/file/fake_plugins.h"
#include "tests/flow/file/flow_text.h"

using namespace flow_test;

namespace {

const std::vector<Broken> kBroken = {
    {"no TOML", kFlow + "[route\n", "2:7", "", "toml.io"},
    {"a table name that begins with a dot", kFlow + "[.route]\n", "2:2", "key", "toml.io"},
    {"a table name that is no word", kFlow + "[/route]\n", "2:2", "key", "toml.io"},
    {"a letter beyond ASCII as a key", kFlow + "\u00e9 = 1\n", "2:1", "", "toml.io"},
    {"a character of the far end", kFlow + "x = \u3001\n", "2:5", "", "toml.io"},
    {"a half of a character", kFlow + "# \xff\n", "2:2", "", "toml.io"},
    {"arrays in arrays without end", kFlow + "x = " + std::string(5000, '[') + "\n", "2:261",
     "nested", "toml.io"},
    {"keys in keys without end", kFlow + dotted(400'000) + " = 1\n", "2:130", "more than 64 dots",
     "fewer"},
    {"a dot too many", top_with("#" + std::string(flow::kMaxDotsInLine + 1, '.')), "2:66",
     "more than 64 dots", "split"},
    {"a list item too many",
     route_with("\"/say\" = { path = \"shout\", serial = [" + items(17) + "] }"), "3:37",
     "'serial' has more than 16 items", "fewer"},
    {"no flow key", kRoute + kShout, "1:1", "'flow' is missing", "flow = "},
    {"flow is no string", "flow = 3\n", "1:8", "'flow' is an int, expected a string", ""},
    {"a flow whose name has capitals", "flow = \"My Flow\"\n", "1:8", "'My Flow' is not a name",
     "a-z"},
    {"unknown schema", "flow = \"f\"\nschema = 2\n", "2:10",
     "is of a newer Souvenir: it has schema 2", "write it for this one"},
    {"no schema", "flow = \"f\"\nschema = 0\n", "2:10", "'schema' is 0, expected 1 to 1", ""},
    {"a path with a comma", kFlow + "[route]\n\"/say\" = \"shout, shout\"\n" + kShout, "3:10",
     "'shout, shout' in the path", "joined by '>'"},
    {"a path with arrows", kFlow + "[route]\n\"/say\" = \"shout->shout\"\n" + kShout, "3:10",
     "'shout-' in the path", "joined by '>'"},
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
    {"an audit that goes nowhere", top_with("[access]\naudit = \"paper\""), "3:9",
     "'paper' is no place for the audit", "file, syslog or both"},
    {"a user that is no address", top_with("[access]\nusers = [\"ann\"]"), "3:9",
     "'ann' is neither an address nor a domain", "example.org"},
    {"a token key without an issuer",
     top_with("[[access.jwt]]\nalg = \"RS256\"\nkey = \"k\"\naud = \"a\""), "2:1",
     "'iss' is missing", "needed"},
    {"an algorithm that nobody should take",
     top_with("[[access.jwt]]\nalg = \"none\"\nkey = \"k\"\naud = \"a\"\niss = \"i\""), "2:1",
     "'none' is not a supported algorithm", "RS256"},
    {"a route for nobody", route_with("\"/say\" = { path = \"shout\", access = \"none\" }"), "3:37",
     "'access' is 'none'", "admin"},
    {"listen without port", listen("tcp://127.0.0.1"), "3:10", "no port", "5555"},
    {"listen on port 0", listen("tcp://127.0.0.1:0"), "3:10", "no port", "5555"},
    {"listen on port 65536", listen("tcp://127.0.0.1:65536"), "3:10", "no port", "5555"},
    {"listen on another transport", listen("udp://127.0.0.1:5555"), "3:10", "not an address",
     "ipc://"},
    {"listen on a relative path", listen("ipc://gateway.sock"), "3:10", "no absolute path",
     "${var.run}"},
    {"listen on too long a path", listen(long_socket(executor::kMaxSocketPathBytes + 1)), "3:10",
     "has 108 bytes, but at most 107", "SOUVENIR_HOME"},
    {"beat without a unit", top_with("[gateway]\nbeat = \"5\""), "3:8", "not a duration", "5s"},
    {"beat as a number", top_with("[gateway]\nbeat = 5"), "3:8", "'beat' is an int", "5s"},
    {"a lease shorter than a beat", top_with("[gateway]\nlease = \"2s\""), "2:1", "not longer",
     "beat"},
    {"a variable that is no string", top_with("[var]\nx = 1"), "3:5", "'x' is an int", "string"},
    {"a built-in variable", top_with("[var]\nrun = \"/\""), "3:7", "'run' is built in", "name"},
    {"an unknown variable", top_with("[var]\nmodel = \"a\"\nx = \"${var.modle}\""), "4:5",
     "no variable 'modle' (did you mean 'model'?)", "[var]"},
    {"a circular variable", top_with("[var]\na = \"${var.b}\"\nb = \"${var.a}\""), "3:5",
     "'a' uses itself", "cycle"},
    {"an unset environment variable", top_with("[var]\na = \"${env.SOUVENIR_TEST_UNSET}\""), "3:5",
     "'SOUVENIR_TEST_UNSET' is not set", ":-default"},
    {"an open substitution", top_with("[var]\na = \"${var.run\""), "3:5", "without '}'", "'}'"},
    {"another substitution", top_with("[var]\na = \"${HOME}\""), "3:5", "'${HOME}' is neither",
     "${env.NAME}"},
    {"too much text",
     top_with("[var]\na = \"" + std::string(flow::kMaxExpandedBytes + 1, 'x') + "\""), "3:5",
     "longer than", "shorter"},
    {"a variable too many", variables(flow::kMaxVars + 1),
     std::to_string(3 + flow::kMaxVars) + ":8", "more than 256 variables", "fewer"},
    {"no executor", kFlow + kRoute, "1:1", "no executor", "[[executor]]"},
    {"executor is one table", kFlow + kRoute + "[executor]\nname = \"shout\"\n", "4:1",
     "'executor' is a table", "[[executor]]"},
    {"an executor too many", shouters(flow::kMaxExecutors + 1), "69:1", "more than 64 executors",
     ""},
    {"an executor without name", kFlow + kRoute + "[[executor]]\nrun = \"shout\"\n", "4:1",
     "no name", "name = "},
    {"a name with a capital", kFlow + "[[executor]]\nname = \"Shout\"\n", "3:8",
     "'Shout' is not a name", "a-z"},
    {"too long a name", kFlow + "[[executor]]\nname = \"" + std::string(33, 'n') + "\"\n", "3:8",
     "is not a name", "32"},
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
    {"timeout below zero", executor_with("timeout = \"-1s\""), "6:11", "not a duration", "5s"},
    {"timeout with a space", executor_with("timeout = \"5 s\""), "6:11", "not a duration", "5s"},
    {"timeout of more than a day", executor_with("timeout = \"86400001ms\""), "6:11", "1ms to 24h",
     ""},
    {"timeout past any number", executor_with("timeout = \"99999999999999999999s\""), "6:11",
     "not a duration", ""},
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
    {"a GPU by another word", executor_with("gpu = \"shared\""), "6:7", "share", ""},
    {"a shared GPU for a plugin without one", executor_with("gpu = \"share\""), "6:7",
     "does not use a GPU", "remove gpu"},
    {"a GPU for nothing", executor_with("gpu = 1"), "6:7", "does not use a GPU", "remove gpu"},
    {"an unknown restart key", executor_with("restart = { withn = \"1m\" }"), "6:13",
     "did you mean 'within'?", "wait"},
    {"with is no table", executor_with("with = 3"), "6:8", "'with' is an int", "table"},
    {"a parameter that is a date", executor_with("with.word = 2026-01-01"), "6:13",
     "'word' is a date or time", "float"},
    {"an environment name with a dash", executor_with("env.A-B = \"x\""), "6:5",
     "'A-B' is not the name", "digits"},
    {"an environment number", executor_with("env.A = 1"), "6:9", "'A' is an int", "string"},
    {"a NUL in a string", executor_with("env.A = \"a\\u0000b\""), "6:9", "NUL", "remove it"},
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
    {"an endpoint without slash", route_with("say = \"shout\""), "3:1", "'say' is not an endpoint",
     "/name"},
    {"an endpoint with a capital", route_with("\"/Say\" = \"shout\""), "3:1",
     "'/Say' is not an endpoint", "a-z"},
    {"too long an endpoint", route_with("\"/" + std::string(64, 'e') + "\" = \"shout\""), "3:1",
     "is not an endpoint", "64"},
    {"an unknown route key", route_with("\"/say\" = { path = \"shout\", seral = [\"x\"] }"), "3:28",
     "did you mean 'serial'?", "path"},
    {"a query that is durable",
     route_with("\"/say\" = { path = \"shout\", query = true, durable = true }"), "3:1",
     "'/say' is a query, and durable", "changes nothing"},
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
    {"a serial field with a gap",
     route_with("\"/say\" = { path = \"shout\", serial = [\"a..b\"] }"), "3:37",
     "'a..b' is not the name of a field", "target_model"},
    {"a key twice", executor_with("name = \"again\""), "6:8", "", "toml.io"},
    {"a file past the limit", of_bytes(flow::kMaxFlowFileBytes + 1), "1:1", "at most 1048576 bytes",
     "data"},
};

}  // namespace

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
  CHECK(load(listen(long_socket(executor::kMaxSocketPathBytes))).listen.size() == 1);
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
