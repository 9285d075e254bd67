#include "flow/file/graph.h"

#include <catch2/catch.hpp>

#include "tests/flow/file/fake_plugins.h"

namespace {

constexpr const char* kFlow = R"(
flow = "small"
[route]
"/ask" = "asker > sink-2"
"/answer" = "shout"
[[executor]]
name = "asker"
[[executor]]
name = "sink-2"
run = "shout"
replicas = 3
[[executor]]
name = "shout"
)";

}  // namespace

TEST_CASE("a flow becomes a Mermaid chart with its routes and calls") {
  CHECK(flow::to_mermaid(flow_test::load(kFlow)) == R"(flowchart LR
  s_client([client])
  s_asker["asker"]
  s_sink_2["sink-2 = shout x3"]
  s_shout["shout"]
  s_asker -.->|"/answer"| s_shout
  s_asker -->|"/ask"| s_sink_2
  s_client -->|"/ask"| s_asker
  s_sink_2 -->|"/ask"| s_client
)");
}

TEST_CASE("a route that a stage calls with several types is one arrow") {
  auto flow = flow_test::load(kFlow);
  const auto once = flow::to_mermaid(flow);
  flow.stages[0].plugin.calls.push_back(flow.stages[0].plugin.calls[0]);
  CHECK(flow::to_mermaid(flow) == once);
}

TEST_CASE("a flow becomes a DOT graph with its routes and calls") {
  CHECK(flow::to_dot(flow_test::load(kFlow)) == R"(digraph "small" {
  rankdir = LR;
  node [shape = box];
  "client" [shape = ellipse];
  "asker" [label = "asker"];
  "sink-2" [label = "sink-2 = shout x3"];
  "shout" [label = "shout"];
  "asker" -> "shout" [label = "/answer", style = dashed];
  "asker" -> "sink-2" [label = "/ask"];
  "client" -> "asker" [label = "/ask"];
  "sink-2" -> "client" [label = "/ask"];
}
)");
}

TEST_CASE("a flow becomes an SVG with a row for each route and an arrow for each hop") {
  auto flow = flow_test::load(kFlow);
  flow.stages[2].run = "./a<b>&\"c\".so";
  const auto svg = flow::to_svg(flow);
  const auto count = [&](const std::string& what) {
    std::size_t found = 0;
    for (auto at = svg.find(what); at != svg.npos; at = svg.find(what, at + 1)) ++found;
    return found;
  };
  CHECK(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
  CHECK(svg.ends_with("</svg>\n"));
  CHECK(count("class=\"stage\"") == 4);  // and the client
  CHECK(count("class=\"hop\"") == 3);    // client, asker, sink-2, client
  CHECK(count("class=\"call\"") == 1);   // asker asks shout
  CHECK(svg.find(">shout = ./a&lt;b&gt;&amp;&quot;c&quot;.so<") != svg.npos);
  CHECK(svg.find("\"c\".so") == svg.npos);
}
