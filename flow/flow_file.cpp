#include "flow/flow_file.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "executor/describe.h"
#include "executor/error.h"
#include "executor/load.h"
#include "flow/check.h"
#include "flow/toml_reader.h"
#include "flow/wait_graph.h"
#include "schemas/nearest.h"

namespace flow {
namespace {

using Names = std::vector<std::string>;

constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz0123456789";

bool is_made_of(std::string_view text, std::string_view extra) {
  return std::all_of(text.begin(), text.end(), [extra](char c) {
    return kLower.find(c) != kLower.npos || extra.find(c) != extra.npos;
  });
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kMaxNameLength && is_made_of(text, "_-");
}

bool is_endpoint(std::string_view text) {
  return text.size() > 1 && text.size() <= kMaxEndpointLength && text[0] == '/' &&
         is_made_of(text, "_/-");
}

bool is_environment_name(std::string_view text) {
  constexpr std::string_view kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_";
  return !text.empty() && (text[0] < '0' || text[0] > '9') && is_made_of(text, kUpper);
}

std::vector<std::string> split_path(const std::string& path) {
  std::vector<std::string> names;
  std::size_t from = 0;
  while (true) {
    const std::size_t end = path.find('>', from);
    const std::string part = path.substr(from, end == path.npos ? end : end - from);
    const std::size_t first = part.find_first_not_of(" \t");
    const std::size_t last = part.find_last_not_of(" \t");
    names.push_back(first == part.npos ? "" : part.substr(first, last - first + 1));
    if (end == path.npos) return names;
    from = end + 1;
  }
}

/// Turns one TOML document into a Flow whose types, parameters and places are right; the check of
/// the whole follows.
class Reader : private TomlReader {
 public:
  Reader(const std::filesystem::path& file, const std::filesystem::path& run,
         const std::filesystem::path& share, const FindPlugin& find)
      : TomlReader(file,
                   Expander({{"run", std::filesystem::absolute(run).string()},
                             {"share", std::filesystem::absolute(share).string()},
                             {"here", std::filesystem::absolute(file).parent_path().string()},
                             {"home", std::filesystem::absolute(run).parent_path().string()}})),
        find_(find) {
    flow_.file = file;
  }

  Flow read() {
    const toml::table root = parse();
    only(root, "the flow file", {"flow", "schema", "gateway", "var", "route", "executor"});
    read_vars(root);
    read_flow(root);
    read_gateway(root);
    read_stages(root);
    read_routes(root);
    return std::move(flow_);
  }

 private:
  void read_vars(const toml::table& root) {
    const toml::node* node = root.get("var");
    if (node == nullptr) return;
    const toml::table& vars = table(*node, "[var]");
    for (const auto& [key, value] : vars) {
      if (!value.is_string()) wrong_type(value, "'" + std::string(key.str()) + "'", "a string");
      expander_.define(std::string(key.str()), value.as_string()->get(), at(value));
    }
    for (const auto& [key, value] : vars) {
      expander_.expand("${var." + std::string(key.str()) + "}", at(value));
    }
  }

  void read_flow(const toml::table& root) {
    const toml::node* name = root.get("flow");
    if (name == nullptr) {
      fail_at(beginning(), "the key 'flow' is missing", "begin the file with flow = \"name\"");
    }
    flow_.name = text(*name, "'flow'");
    check_name(flow_.name, at(*name));
    if (const auto* schema = root.get("schema")) whole(*schema, "'schema'", 1, 1);
  }

  void check_name(const std::string& name, const Place& place) const {
    if (is_name(name)) return;
    fail_at(place, "'" + name + "' is no name",
            "use 1 to " + std::to_string(kMaxNameLength) + " of a-z, 0-9, _ and -");
  }

  void read_gateway(const toml::table& root) {
    static const toml::table kNone;
    const toml::node* node = root.get("gateway");
    const toml::table& gateway = node == nullptr ? kNone : table(*node, "[gateway]");
    only(gateway, "[gateway]", {"listen", "beat", "lease"});
    const toml::node* listen = gateway.get("listen");
    const Place place = listen == nullptr ? beginning() : at(*listen);
    const Names addresses = listen != nullptr
                                ? texts(*listen, "'listen'")
                                : Names{expander_.expand("ipc://${var.run}/gateway.sock", place)};
    for (const auto& address : addresses) flow_.listen.push_back(check_address(address, place));
    if (const auto* beat = gateway.get("beat")) flow_.beat_ms = duration_ms(*beat, "'beat'");
    if (const auto* lease = gateway.get("lease")) flow_.lease_ms = duration_ms(*lease, "'lease'");
    if (flow_.lease_ms <= flow_.beat_ms) {
      fail_at(at(*node),
              "'lease' is " + std::to_string(flow_.lease_ms) + " ms, not longer than 'beat', " +
                  std::to_string(flow_.beat_ms) + " ms",
              "a stage that beats in time must not lose its lease: make lease longer");
    }
  }

  void read_stages(const toml::table& root) {
    const toml::node* node = root.get("executor");
    if (node == nullptr) {
      fail_at(beginning(), "the flow has no executor", "add an [[executor]]");
    }
    const toml::array* stages = node->as_array();
    if (stages == nullptr) wrong_type(*node, "'executor'", "[[executor]]");
    if (stages->size() > kMaxExecutors) {
      fail_at(at(*stages), "more than " + std::to_string(kMaxExecutors) + " executors",
              "use fewer");
    }
    for (const auto& item : *stages) {
      const Stage stage = read_stage(table(item, "'executor'", "[[executor]]"));
      for (const auto& other : flow_.stages) {
        if (other.name != stage.name) continue;
        fail_at(stage.place, "there are two executors '" + stage.name + "'",
                "give one another name; the first is at " + other.place.text());
      }
      flow_.stages.push_back(stage);
    }
  }

  Stage read_stage(const toml::table& keys) {
    only(keys, "[[executor]]",
         {"name", "run", "with", "env", "replicas", "timeout", "queue", "host", "gpu", "restart",
          "ready"});
    Stage stage;
    stage.place = at(keys);
    const toml::node* name = keys.get("name");
    if (name == nullptr) fail_at(stage.place, "this executor has no name", "add name = \"...\"");
    stage.name = text(*name, "'name'");
    check_name(stage.name, at(*name));
    read_plugin(keys, stage);
    read_with(keys, stage);
    read_env(keys, stage);
    read_placement(keys, stage);
    read_queue(keys, stage);
    read_restart(keys, stage);
    return stage;
  }

  void read_plugin(const toml::table& keys, Stage& stage) {
    const toml::node* run = keys.get("run");
    stage.run = run == nullptr ? stage.name : text(*run, "'run'");
    const Place place = run == nullptr ? stage.place : at(*run);
    if (stage.run.empty()) fail_at(place, "'run' is empty", "name a plugin, or leave it out");
    try {
      std::tie(stage.library, stage.plugin) = find_(stage.run);
    } catch (const executor::Error& error) {
      fail_at(place, error.what(), error.hint());
    }
    stage.plugin.create = nullptr;
  }

  void read_with(const toml::table& keys, Stage& stage) {
    const toml::node* with = keys.get("with");
    if (with == nullptr) return;
    for (const auto& [key, node] : table(*with, "'with'")) {
      const std::string name(key.str());
      schemas::Value value;
      if (const auto* flag = node.as_boolean()) {
        value = flag->get();
      } else if (const auto* number = node.as_integer()) {
        value = number->get();
      } else if (const auto* real = node.as_floating_point()) {
        value = real->get();
      } else {
        value = text(node, "'" + name + "'", "a bool, an int, a float or a string");
      }
      check_parameter(stage.plugin, name, value, at(key));
      stage.with[name] = value;
    }
  }

  void read_env(const toml::table& keys, Stage& stage) {
    const toml::node* env = keys.get("env");
    if (env == nullptr) return;
    for (const auto& [key, node] : table(*env, "'env'")) {
      const std::string name(key.str());
      if (!is_environment_name(name)) {
        fail_at(at(key), "'" + name + "' is no name of an environment variable",
                "use letters, digits and _, not a digit first");
      }
      stage.env[name] = text(node, "'" + name + "'");
    }
  }

  void read_placement(const toml::table& keys, Stage& stage) {
    if (const auto* node = keys.get("host")) {
      stage.remote = choice(*node, "'host'", {"local", "remote"}) == "remote";
    }
    if (const auto* node = keys.get("replicas")) {
      stage.replicas = static_cast<std::uint32_t>(whole(*node, "'replicas'", 1, kMaxReplicas));
    }
    if (const auto* node = keys.get("gpu")) {
      stage.gpu = static_cast<std::uint32_t>(whole(*node, "'gpu'", 0, kMaxGpus));
      if (stage.gpu > 0 && !stage.plugin.gpu) {
        fail_at(at(*node), "plugin '" + stage.plugin.name + "' does not use a GPU", "take gpu out");
      }
    }
    if (const auto* node = keys.get("timeout")) {
      const bool none = node->is_string() && node->as_string()->get() == "none";
      stage.timeout_ms = none ? 0 : duration_ms(*node, "'timeout'");
    }
    if (const auto* node = keys.get("ready")) stage.ready_ms = duration_ms(*node, "'ready'");
  }

  void read_queue(const toml::table& keys, Stage& stage) {
    const toml::node* node = keys.get("queue");
    if (node == nullptr) return;
    const toml::table& queue = table(*node, "'queue'");
    only(queue, "'queue'", {"items", "full"});
    if (const auto* items = queue.get("items")) {
      stage.queue_items = static_cast<std::uint32_t>(whole(*items, "'items'", 1, kMaxQueueItems));
    }
    if (const auto* full = queue.get("full")) {
      stage.when_full = choice(*full, "'full'", {"block", "reject"}) == "reject" ? WhenFull::reject
                                                                                 : WhenFull::block;
    }
  }

  void read_restart(const toml::table& keys, Stage& stage) {
    const toml::node* node = keys.get("restart");
    if (node == nullptr) return;
    const toml::table& restart = table(*node, "'restart'");
    only(restart, "'restart'", {"n", "within", "wait"});
    if (const auto* n = restart.get("n")) {
      stage.restart.n = static_cast<std::uint32_t>(whole(*n, "'n'", 0, 1000));
    }
    if (const auto* within = restart.get("within")) {
      stage.restart.within_ms = duration_ms(*within, "'within'");
    }
    if (const auto* wait = restart.get("wait"))
      stage.restart.wait_ms = duration_ms(*wait, "'wait'");
  }

  void read_routes(const toml::table& root) {
    const toml::node* node = root.get("route");
    const toml::table* routes = node == nullptr ? nullptr : &table(*node, "[route]");
    if (routes == nullptr || routes->empty()) {
      fail_at(beginning(), "the flow has no route",
              "add [route] with \"/endpoint\" = \"executor > executor\"");
    }
    if (routes->size() > kMaxRoutes) {
      fail_at(at(*node), "more than " + std::to_string(kMaxRoutes) + " routes", "use fewer");
    }
    for (const auto& [key, value] : *routes) read_route(key, value);
  }

  void read_route(const toml::key& key, const toml::node& node) {
    Route route;
    route.endpoint = key.str();
    route.place = at(key);
    if (!is_endpoint(route.endpoint)) {
      fail_at(route.place, "'" + route.endpoint + "' is no endpoint",
              "write \"/name\", at most " + std::to_string(kMaxEndpointLength) +
                  " of a-z, 0-9, _, - and /");
    }
    const toml::node* path = &node;
    if (const toml::table* keys = node.as_table()) {
      only(*keys, "route '" + route.endpoint + "'", {"path", "serial", "accepts"});
      path = keys->get("path");
      if (path == nullptr) {
        fail_at(route.place, "'" + route.endpoint + "' has no path", "add path = \"a > b\"");
      }
      if (const auto* serial = keys->get("serial")) route.serial = read_serial(*serial);
      if (const auto* accepts = keys->get("accepts")) route.accepts = texts(*accepts, "'accepts'");
    }
    route.path = read_path(*path);
    flow_.routes.push_back(std::move(route));
  }

  Names read_serial(const toml::node& node) {
    const Names fields = texts(node, "'serial'");
    for (const auto& field : fields) {
      if (!field.empty() && field.size() <= 64 && is_made_of(field, "_")) continue;
      fail_at(at(node), "'" + field + "' is no name of a field",
              "name fields of the request's body, such as target_model");
    }
    return fields;
  }

  std::vector<std::size_t> read_path(const toml::node& node) {
    const std::string written = text(node, "a path", "a string such as \"a > b\"");
    Names known;
    for (const auto& stage : flow_.stages) known.push_back(stage.name);
    std::vector<std::size_t> path;
    for (const auto& name : split_path(written)) {
      const auto found = std::find(known.begin(), known.end(), name);
      if (name.empty()) {
        fail_at(at(node), "the path '" + written + "' has an empty place", "write \"a > b\"");
      }
      if (found == known.end()) {
        fail_at(at(node),
                "there is no executor '" + name + "'" + schemas::did_you_mean(name, known),
                "the executors are: " + list(known));
      }
      path.push_back(static_cast<std::size_t>(found - known.begin()));
    }
    if (path.size() > kMaxHops) {
      fail_at(at(node), "a path of more than " + std::to_string(kMaxHops) + " stages",
              "split it in two routes");
    }
    return path;
  }

  const FindPlugin& find_;
  Flow flow_;
};

}  // namespace

Flow load_flow_with(const std::filesystem::path& file, const std::filesystem::path& run_folder,
                    const std::filesystem::path& share_folder, const FindPlugin& find) {
  Flow flow = Reader(file, run_folder, share_folder, find).read();
  check_routes(flow);
  check_calls(flow);
  check_waits(flow);
  return flow;
}

Flow load_flow(const std::filesystem::path& file, const std::filesystem::path& run_folder,
               const std::filesystem::path& share_folder) {
  return load_flow_with(file, run_folder, share_folder, [&file](const std::string& run) {
    const std::filesystem::path library = executor::find_plugin(run, file.parent_path());
    return std::pair(library, executor::describe(library));
  });
}

}  // namespace flow
