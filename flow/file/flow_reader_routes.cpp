// [route] of a flow file.
#include <algorithm>

#include "flow/file/check.h"
#include "flow/file/flow_reader.h"
#include "flow/file/names.h"
#include "schemas/nearest.h"

namespace flow {

void FlowReader::read_routes(const toml::table& root) {
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

void FlowReader::read_route(const toml::key& key, const toml::node& node) {
  Route route;
  route.endpoint = key.str();
  route.place = at(key);
  if (!is_endpoint(route.endpoint)) {
    fail_at(route.place, "'" + route.endpoint + "' is not an endpoint",
            "write \"/name\", at most " + std::to_string(kMaxEndpointLength) +
                " of a-z, 0-9, _, - and /");
  }
  route.access = usual_access(route.endpoint);
  const toml::node* path = &node;
  if (const toml::table* keys = node.as_table()) {
    only(*keys, "route '" + route.endpoint + "'",
         {"path", "serial", "accepts", "durable", "query", "access"});
    path = keys->get("path");
    if (path == nullptr) {
      fail_at(route.place, "'" + route.endpoint + "' has no path", "add path = \"a > b\"");
    }
    if (const auto* serial = keys->get("serial")) route.serial = read_fields(*serial, "'serial'");
    if (const auto* accepts = keys->get("accepts")) route.accepts = texts(*accepts, "'accepts'");
    if (const auto* access = keys->get("access")) {
      const bool admin = choice(*access, "'access'", {"user", "admin"}) == "admin";
      route.access = admin ? access::Access::admin : access::Access::user;
    }
    route.durable = !route.serial.empty();
    if (const auto* durable = keys->get("durable")) route.durable = flag(*durable, "'durable'");
    if (const auto* query = keys->get("query")) route.query = flag(*query, "'query'");
    if (route.query && route.durable) {
      fail_at(
          route.place, "'" + route.endpoint + "' is a query, and durable",
          "a query changes nothing that would have to outlive the server: leave one of both out");
    }
  }
  route.path = read_path(*path);
  flow_.routes.push_back(std::move(route));
}

std::vector<std::string> FlowReader::read_fields(const toml::node& node, const std::string& what) {
  Names fields = texts(node, what);
  for (const auto& field : fields) {
    if (is_field(field)) continue;
    fail_at(at(node), "'" + field + "' is not the name of a field",
            "name fields of the request's body, such as target_model");
  }
  return fields;
}

std::vector<std::size_t> FlowReader::read_path(const toml::node& node) {
  const std::string written = text(node, "a path", "a string such as \"a > b\"");
  Names known;
  for (const auto& stage : flow_.stages) known.push_back(stage.name);
  std::vector<std::size_t> path;
  for (const auto& name : split_path(written)) {
    const auto found = std::find(known.begin(), known.end(), name);
    if (name.empty()) {
      fail_at(at(node), "the path '" + written + "' has an empty place", "write \"a > b\"");
    }
    const bool is_joined_otherwise = name.find(',') != name.npos || name.ends_with('-');  // a -> b
    if (found == known.end() && is_joined_otherwise) {
      fail_at(at(node), "'" + name + "' in the path '" + written + "' is no name of an executor",
              "stages are joined by '>': \"a > b\"");
    }
    if (found == known.end()) {
      fail_at(at(node), "there is no executor '" + name + "'" + schemas::did_you_mean(name, known),
              "the executors are: " + list(known));
    }
    path.push_back(static_cast<std::size_t>(found - known.begin()));
  }
  if (path.size() > kMaxHops) {
    fail_at(at(node), "a path of more than " + std::to_string(kMaxHops) + " stages",
            "split it into two routes");
  }
  return path;
}

}  // namespace flow
