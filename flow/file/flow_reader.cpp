#include "flow/file/flow_reader.h"

#include <algorithm>

#include "executor/error.h"
#include "flow/file/address.h"
#include "flow/file/check.h"
#include "flow/file/names.h"
#include "schemas/utf8.h"
#include "schemas/words.h"

namespace flow {
namespace {

void refuse_twice(std::vector<std::string> addresses, const Place& place) {
  std::sort(addresses.begin(), addresses.end());
  const auto twice = std::adjacent_find(addresses.begin(), addresses.end());
  if (twice == addresses.end()) return;
  fail_at(place, "'listen' has " + *twice + " twice", "write each address once");
}

}  // namespace

FlowReader::FlowReader(const std::filesystem::path& file, const std::filesystem::path& run,
                       const std::filesystem::path& share, const FindPlugin& find)
    : TomlReader(file, Expander({{"run", std::filesystem::absolute(run).string()},
                                 {"share", std::filesystem::absolute(share).string()},
                                 {"here", std::filesystem::absolute(file).parent_path().string()},
                                 {"home", std::filesystem::absolute(run).parent_path().string()}})),
      find_(find) {
  flow_.file = file;
  if (schemas::is_utf8(file.string())) return;
  throw executor::Error("bad_config",
                        "the path of the flow file is not UTF-8: " + schemas::quoted(file.string()),
                        "it goes into answers: move the file");
}

Flow FlowReader::read() {
  const toml::table root = parse();
  only(root, "the flow file", {"flow", "schema", "gateway", "access", "var", "route", "executor"});
  read_vars(root);
  read_flow(root);
  read_gateway(root);
  read_access(root);
  read_stages(root);
  read_routes(root);
  return std::move(flow_);
}

void FlowReader::read_vars(const toml::table& root) {
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

void FlowReader::read_flow(const toml::table& root) {
  const toml::node* name = root.get("flow");
  if (name == nullptr) {
    fail_at(beginning(), "the key 'flow' is missing", "begin the file with flow = \"name\"");
  }
  flow_.name = text(*name, "'flow'");
  check_name(flow_.name, at(*name));
  const auto* schema = root.get("schema");
  if (schema != nullptr && schema->value<std::int64_t>().value_or(1) > 1) {
    fail_at(at(*schema),
            "this flow file is of a newer Souvenir: it has schema " +
                std::to_string(*schema->value<std::int64_t>()) + ", and this one reads schema 1",
            "start it with that version, or write it for this one (docs/flow-file.md)");
  }
  if (schema != nullptr) whole(*schema, "'schema'", 1, 1);
}

void FlowReader::check_name(const std::string& name, const Place& place) const {
  if (is_name(name)) return;
  fail_at(place, "'" + name + "' is not a name",
          "use 1 to " + std::to_string(kMaxNameLength) + " of a-z, 0-9, _ and -");
}

void FlowReader::read_gateway(const toml::table& root) {
  static const toml::table kNone;
  const toml::node* node = root.get("gateway");
  const toml::table& gateway = node == nullptr ? kNone : table(*node, "[gateway]");
  only(gateway, "[gateway]", {"listen", "beat", "lease", "per_user"});
  read_listen(gateway);
  if (const auto* beat = gateway.get("beat")) flow_.beat_ms = duration_ms(*beat, "'beat'");
  if (const auto* lease = gateway.get("lease")) flow_.lease_ms = duration_ms(*lease, "'lease'");
  if (const auto* limits = gateway.get("per_user")) read_per_user(*limits);
  if (flow_.lease_ms <= flow_.beat_ms) {
    fail_at(at(*node),
            "'lease' is " + std::to_string(flow_.lease_ms) + " ms, not longer than 'beat', " +
                std::to_string(flow_.beat_ms) + " ms",
            "a stage that beats in time must not lose its lease: make lease longer");
  }
}

// The flow's own stages use the first address, which is ipc in any case: there blobs go as memory,
// and a process of this server is told from a stranger.
void FlowReader::read_listen(const toml::table& gateway) {
  const toml::node* listen = gateway.get("listen");
  const Place place = listen == nullptr ? beginning() : at(*listen);
  if (listen != nullptr) {
    for (const auto& address : texts(*listen, "'listen'")) {
      flow_.listen.push_back(check_address(address, place));
    }
  }
  std::stable_sort(flow_.listen.begin(), flow_.listen.end(),
                   [](const auto& a, const auto& b) { return link_of(a) < link_of(b); });
  refuse_twice(flow_.listen, place);
  if (!flow_.listen.empty() && link_of(flow_.listen.front()) == access::Link::own) return;
  const std::string own = expander_.expand("ipc://${var.run}/gateway.sock", place);
  flow_.listen.insert(flow_.listen.begin(), check_address(own, place));
}

void FlowReader::read_per_user(const toml::node& node) {
  const toml::table& limits = table(node, "'per_user'");
  only(limits, "'per_user'", {"jobs", "requests"});
  const auto limit = [&](const char* key, std::uint32_t& value) {
    const toml::node* found = limits.get(key);
    if (found == nullptr) return;
    const std::string what = "'" + std::string(key) + "'";
    value = static_cast<std::uint32_t>(whole(*found, what, 1, kMaxPerUser));
  };
  limit("jobs", flow_.jobs_per_user);
  limit("requests", flow_.requests_per_user);
}

}  // namespace flow
