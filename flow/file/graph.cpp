#include "flow/file/graph.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

namespace flow {
namespace {

constexpr const char* kClient = "client";

struct Edge {
  std::string from, to;
  bool call = false;
  auto operator<=>(const Edge&) const = default;
};

// Edges with the endpoints that run along them; the client is at both ends of a route that nobody
// inside calls.
std::map<Edge, std::string> edges_of(const Flow& flow) {
  std::map<Edge, std::string> edges;
  const auto add = [&edges](Edge edge, const std::string& endpoint) {
    std::string& label = edges[std::move(edge)];
    label += (label.empty() ? "" : ", ") + endpoint;
  };
  for (const auto& route : flow.routes) {
    bool called = false;
    for (const auto& stage : flow.stages) {
      const auto& calls = stage.plugin.calls;
      const bool calls_it = std::any_of(calls.begin(), calls.end(), [&](const auto& call) {
        return call.endpoint == route.endpoint;  // by several types of message, perhaps
      });
      if (!calls_it) continue;
      called = true;
      add({stage.name, flow.stages[route.path.front()].name, true}, route.endpoint);
    }
    if (!called) add({kClient, flow.stages[route.path.front()].name}, route.endpoint);
    for (std::size_t hop = 0; hop + 1 < route.path.size(); ++hop) {
      add({flow.stages[route.path[hop]].name, flow.stages[route.path[hop + 1]].name},
          route.endpoint);
    }
    if (!called) add({flow.stages[route.path.back()].name, kClient}, route.endpoint);
  }
  return edges;
}

// Names have a-z, 0-9, _ and -, of which Mermaid takes '-' for an edge; "end" is a word of its own.
std::string mermaid_id(const std::string& name) {
  std::string id = "s_" + name;
  for (char& c : id) c = c == '-' ? '_' : c;
  return id;
}

}  // namespace

std::string label_of(const Stage& stage) {
  std::string label = stage.name;
  if (stage.run != stage.name) label += " = " + stage.run;
  if (stage.replicas > 1) label += " x" + std::to_string(stage.replicas);
  if (stage.gpu > 0) label += ", GPU";
  if (stage.shares_gpu) label += ", shared GPU";
  if (stage.remote) label += ", remote";
  return label;
}

std::string to_mermaid(const Flow& flow) {
  std::string text = "flowchart LR\n  s_client([client])\n";
  for (const auto& stage : flow.stages) {
    text += "  " + mermaid_id(stage.name) + "[\"" + label_of(stage) + "\"]\n";
  }
  for (const auto& [edge, label] : edges_of(flow)) {
    text += "  " + mermaid_id(edge.from) + (edge.call ? " -.->" : " -->") + "|\"" + label + "\"| " +
            mermaid_id(edge.to) + "\n";
  }
  return text;
}

std::string to_dot(const Flow& flow) {
  std::string text = "digraph \"" + flow.name + "\" {\n  rankdir = LR;\n  node [shape = box];\n" +
                     "  \"client\" [shape = ellipse];\n";
  for (const auto& stage : flow.stages) {
    text += "  \"" + stage.name + "\" [label = \"" + label_of(stage) + "\"];\n";
  }
  for (const auto& [edge, label] : edges_of(flow)) {
    text += "  \"" + edge.from + "\" -> \"" + edge.to + "\" [label = \"" + label + "\"" +
            (edge.call ? ", style = dashed" : "") + "];\n";
  }
  return text + "}\n";
}

}  // namespace flow
