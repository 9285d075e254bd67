// [[executor]] of a flow file.
#include <tuple>

#include "executor/error.h"
#include "executor/load.h"
#include "flow/file/check.h"
#include "flow/file/flow_reader.h"
#include "flow/file/names.h"

namespace flow {

void FlowReader::read_stages(const toml::table& root) {
  const toml::node* node = root.get("executor");
  if (node == nullptr) {
    fail_at(beginning(), "the flow has no executor", "add an [[executor]]");
  }
  const toml::array* stages = node->as_array();
  if (stages == nullptr) wrong_type(*node, "'executor'", "[[executor]]");
  if (stages->size() > kMaxExecutors) {
    fail_at(at(*stages), "more than " + std::to_string(kMaxExecutors) + " executors", "use fewer");
  }
  for (const auto& item : *stages) {
    const Stage stage = read_stage(table(item, "'executor'", "[[executor]]"));
    for (const auto& other : flow_.stages) {
      if (other.name != stage.name) continue;
      fail_at(stage.place, "there are two executors '" + stage.name + "'",
              "rename one of them; the first is at " + other.place.text());
    }
    flow_.stages.push_back(stage);
  }
}

Stage FlowReader::read_stage(const toml::table& keys) {
  only(keys, "[[executor]]",
       {"name", "run", "with", "env", "replicas", "timeout", "queue", "host", "gpu", "gpu_memory",
        "restart", "ready", "sticky", "batch"});
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
  read_gpu(keys, stage);
  read_queue(keys, stage);
  read_restart(keys, stage);
  read_sticky(keys, stage);
  read_batch(keys, stage);
  return stage;
}

void FlowReader::read_plugin(const toml::table& keys, Stage& stage) {
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

void FlowReader::read_with(const toml::table& keys, Stage& stage) {
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

void FlowReader::read_env(const toml::table& keys, Stage& stage) {
  const toml::node* env = keys.get("env");
  if (env == nullptr) return;
  for (const auto& [key, node] : table(*env, "'env'")) {
    const std::string name(key.str());
    if (!is_environment_name(name)) {
      fail_at(at(key), "'" + name + "' is not the name of an environment variable",
              "use letters, digits and _, and begin with no digit");
    }
    stage.env[name] = text(node, "'" + name + "'");
  }
}

void FlowReader::read_placement(const toml::table& keys, Stage& stage) {
  if (const auto* node = keys.get("host")) {
    stage.remote = choice(*node, "'host'", {"local", "remote"}) == "remote";
  }
  if (!stage.remote && executor::is_description(stage.library)) {
    fail_at(stage.place, "'" + stage.run + "' describes a stage, and is no plugin to start",
            "write host = \"remote\": the stage joins by itself, see schemas/wire.md");
  }
  if (const auto* node = keys.get("replicas")) {
    stage.replicas = static_cast<std::uint32_t>(whole(*node, "'replicas'", 1, kMaxReplicas));
  }
  if (const auto* node = keys.get("timeout")) {
    const bool none = node->is_string() && node->as_string()->get() == "none";
    stage.timeout_ms = none ? 0 : duration_ms(*node, "'timeout'");
  }
  if (const auto* node = keys.get("ready")) stage.ready_ms = duration_ms(*node, "'ready'");
}

void FlowReader::read_gpu(const toml::table& keys, Stage& stage) {
  if (const auto* node = keys.get("gpu")) {
    if (node->is_string()) {
      stage.shares_gpu = choice(*node, "'gpu'", {"share"}) == "share";
    } else {
      stage.gpu = static_cast<std::uint32_t>(whole(*node, "'gpu'", 0, kMaxGpus));
    }
    if ((stage.gpu > 0 || stage.shares_gpu) && !stage.plugin.gpu) {
      fail_at(at(*node), "plugin '" + stage.plugin.name + "' does not use a GPU", "remove gpu");
    }
    if (stage.shares_gpu && stage.remote) {
      fail_at(at(*node), "'" + stage.name + "' is on another host, and cannot share this one's GPU",
              "write gpu = 1");
    }
  }
  const auto* memory = keys.get("gpu_memory");
  if (memory == nullptr) return;
  stage.gpu_memory_bytes = size_bytes(*memory, "'gpu_memory'");
  if (stage.gpu > 0 || stage.shares_gpu) return;
  fail_at(at(*memory), "'" + stage.name + "' has a gpu_memory but no gpu",
          "write gpu = 1 or gpu = \"share\", or remove gpu_memory");
}

void FlowReader::read_queue(const toml::table& keys, Stage& stage) {
  const toml::node* node = keys.get("queue");
  if (node == nullptr) return;
  const toml::table& queue = table(*node, "'queue'");
  only(queue, "'queue'", {"items", "bytes", "full"});
  if (const auto* items = queue.get("items")) {
    stage.queue_items = static_cast<std::uint32_t>(whole(*items, "'items'", 1, kMaxQueueItems));
  }
  if (const auto* bytes = queue.get("bytes")) stage.queue_bytes = size_bytes(*bytes, "'bytes'");
  if (const auto* full = queue.get("full")) {
    stage.when_full = choice(*full, "'full'", {"block", "reject"}) == "reject" ? WhenFull::reject
                                                                               : WhenFull::block;
  }
}

void FlowReader::read_sticky(const toml::table& keys, Stage& stage) {
  const toml::node* node = keys.get("sticky");
  if (node == nullptr) return;
  stage.sticky = text(*node, "'sticky'", "the name of a field");
  if (is_field(stage.sticky)) return;
  fail_at(at(*node), "'" + stage.sticky + "' is not the name of a field",
          "name a field of the message's body, such as target_model or settings.version");
}

void FlowReader::read_batch(const toml::table& keys, Stage& stage) {
  const toml::node* node = keys.get("batch");
  if (node == nullptr) return;
  const toml::table& batch = table(*node, "'batch'");
  only(batch, "'batch'", {"size", "wait", "by"});
  if (!stage.plugin.batches) {
    fail_at(at(*node), "plugin '" + stage.plugin.name + "' takes one message at a time",
            "remove batch: a result might depend on the messages beside its own");
  }
  const toml::node* size = batch.get("size");
  if (size == nullptr) fail_at(at(*node), "'batch' has no size", "write batch = { size = 8 }");
  stage.batch.size = static_cast<std::uint32_t>(whole(*size, "'size'", 2, kMaxBatch));
  if (const auto* wait = batch.get("wait")) stage.batch.wait_ms = duration_ms(*wait, "'wait'");
  if (const auto* by = batch.get("by")) stage.batch.by = read_fields(*by, "'by'");
}

void FlowReader::read_restart(const toml::table& keys, Stage& stage) {
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
  if (const auto* wait = restart.get("wait")) stage.restart.wait_ms = duration_ms(*wait, "'wait'");
}

}  // namespace flow
