#include "executor/describe.h"

#include <cmath>
#include <cstdio>
#include <limits>
#include <nlohmann/json.hpp>

#include "executor/error.h"
#include "executor/files/file_error.h"
#include "executor/files/json_text.h"
#include "executor/files/read_file.h"
#include "executor/load.h"

namespace executor {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Names = std::vector<std::string>;

constexpr std::size_t kMaxDescriptionBytes = 1 << 20;

json json_of(const schemas::Value& value) {
  return std::visit([](const auto& held) { return json(held); }, value);
}

schemas::Value value_of(const json& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (value.is_number()) return value.get<double>();
  return value.get<std::string>();
}

json json_of(const Param& param) {
  json out = {{"name", param.name},
              {"type", type_name(param.default_value)},
              {"default", json_of(param.default_value)},
              {"help", param.help}};
  if (std::isfinite(param.min)) out["min"] = param.min;
  if (std::isfinite(param.max)) out["max"] = param.max;
  return out;
}

std::uint32_t number_at(const json& in, const char* key) {
  const json& value = in.at(key);
  const bool fits = value.is_number_unsigned() &&
                    value.get<std::uint64_t>() <= std::numeric_limits<std::uint32_t>::max();
  if (!fits) {
    throw Error("bad_config", std::string("not a plugin description: '") + key +
                                  "' is not a whole number from 0 to 4294967295");
  }
  return value.get<std::uint32_t>();
}

Param param_of(const json& in) {
  Param param{in.at("name"), value_of(in.at("default")), in.value("help", "")};
  // 1.0 may be written as 1: the type decides.
  if (in.value("type", "") == "float") param.default_value = in.at("default").get<double>();
  if (in.contains("min")) param.min = in["min"];
  if (in.contains("max")) param.max = in["max"];
  return param;
}

// Opening LibTorch costs half a second and 100 MB: a child pays, not the gateway.
std::string ask_child(const fs::path& library) {
  const fs::path program = program_folder() / "souvenir";
  if ((program.string() + library.string()).find('\'') != std::string::npos) {
    throw Error("bad_config", "the path of the plugin contains a quote: " + library.string());
  }
  const std::string command =
      "'" + program.string() + "' describe --json '" + library.string() + "'";
  FILE* pipe = popen(command.c_str(), "re");
  if (pipe == nullptr) throw Error("internal", "cannot start " + program.string());
  std::string text;
  char buffer[4096];
  while (const std::size_t n = fread(buffer, 1, sizeof buffer, pipe)) {
    if (text.size() <= kMaxDescriptionBytes) text.append(buffer, n);
  }
  if (pclose(pipe) != 0) {
    const json said = json::parse(text, nullptr, false);
    if (said.is_object() && said.contains("error")) {
      throw Error("bad_config", said["error"].value("cause", ""), said["error"].value("hint", ""));
    }
    throw Error("bad_config", "cannot describe the plugin " + library.string(),
                "run: souvenir describe " + library.string());
  }
  return text;
}

std::string read_description(const fs::path& file) {
  try {
    return files::read_file(file, kMaxDescriptionBytes);
  } catch (const files::Error& error) {
    throw Error("bad_config", error.what(), "build the plugin again");
  }
}

void require_abi(const Plugin& plugin, const fs::path& file, const std::string& hint) {
  if (plugin.abi == kAbi) return;
  throw Error("bad_config",
              file.string() + " has the plugin abi " + std::to_string(plugin.abi) +
                  ", this program has " + std::to_string(kAbi),
              hint);
}

// A description that stands alone was written by hand.
Plugin read_table(const fs::path& file) {
  const std::string text = read_description(file);
  try {
    return from_json(text);
  } catch (const Error& error) {
    throw Error("bad_config", file.string() + ": " + error.what(),
                "schemas/wire.md has the form; souvenir describe --json PLUGIN shows one");
  }
}

}  // namespace

std::string to_json(const Plugin& plugin) {
  json out = {{"abi", plugin.abi},
              {"name", plugin.name},
              {"help", plugin.help},
              {"gpu", plugin.gpu},
              {"idempotent", plugin.idempotent},
              {"batches", plugin.batches},
              {"silence_ms", plugin.silence_ms},
              {"hears_end", plugin.hears_end},
              {"reads", plugin.reads},
              {"writes", plugin.writes},
              {"handlers", json::array()},
              {"calls", json::array()},
              {"params", json::array()}};
  for (const auto& handler : plugin.handlers) {
    out["handlers"].push_back({{"accepts", handler.accepts},
                               {"emits", handler.emits},
                               {"stream", handler.stream},
                               {"has_to_be_listed", handler.has_to_be_listed}});
  }
  for (const auto& call : plugin.calls) {
    out["calls"].push_back(
        {{"endpoint", call.endpoint}, {"sends", call.sends}, {"returns", call.returns}});
  }
  for (const auto& param : plugin.params) out["params"].push_back(json_of(param));
  return out.dump();
}

Plugin from_json(const std::string& text) {
  try {
    const json in = files::parse_json(text, {.bytes = kMaxDescriptionBytes});
    Plugin plugin;
    if (in.contains("abi")) plugin.abi = number_at(in, "abi");
    plugin.name = in.at("name");
    plugin.help = in.value("help", "");
    plugin.gpu = in.value("gpu", plugin.gpu);
    plugin.idempotent = in.value("idempotent", plugin.idempotent);
    plugin.batches = in.value("batches", plugin.batches);
    if (in.contains("silence_ms")) plugin.silence_ms = number_at(in, "silence_ms");
    plugin.hears_end = in.value("hears_end", true);
    plugin.reads = in.value("reads", plugin.reads);
    plugin.writes = in.value("writes", plugin.writes);
    for (const auto& handler : in.at("handlers")) {
      plugin.handlers.push_back({handler.at("accepts"), handler.value("emits", Names{}),
                                 handler.value("stream", false),
                                 handler.value("has_to_be_listed", false)});
    }
    for (const auto& call : in.value("calls", json::array())) {
      plugin.calls.push_back({call.at("endpoint"), call.at("sends"), call.at("returns")});
    }
    for (const auto& param : in.value("params", json::array()))
      plugin.params.push_back(param_of(param));
    return plugin;
  } catch (const files::Error& error) {
    throw Error("bad_config", std::string("not a plugin description: ") + error.what());
  } catch (const json::exception& error) {
    throw Error("bad_config", "not a plugin description: " + files::wrong_type(error));
  }
}

Plugin describe(const fs::path& library) {
  trusted_plugin(library);
  if (is_description(library)) {
    const Plugin table = read_table(library);
    require_abi(table, library, "leave abi out, or write the one of this program");
    return table;
  }
  const fs::path beside = library.string() + ".json";
  std::error_code absent;
  const auto written = fs::last_write_time(beside, absent);
  const bool fresh =
      !absent && written >= fs::last_write_time(library) && fs::file_size(beside) > 0;
  Plugin plugin = from_json(fresh ? read_description(beside) : ask_child(library));
  require_abi(plugin, library, "build the plugin again against this version of souvenir");
  return plugin;
}

}  // namespace executor
