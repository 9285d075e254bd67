#pragma once

#include <string>

#include "flow/file/flow.h"

namespace flow {

/// Draws a flow as text: an edge with the route's endpoint for each hop of a route, and a dashed
/// edge from a stage to the first stage of each route that it calls.
///
/// Mermaid's `flowchart` (https://mermaid.js.org/syntax/flowchart.html).
std::string to_mermaid(const Flow& flow);
/// Graphviz's DOT language (https://graphviz.org/doc/info/lang.html): `dot -Tsvg` draws it.
std::string to_dot(const Flow& flow);
/// SVG for a browser: a column for each stage, a row for each route, an arrow for each hop, and a
/// dashed arrow where a stage calls the route.
std::string to_svg(const Flow& flow);

/// The text in a stage's box: "sampler = ./mine.so x2, GPU".
std::string label_of(const Stage& stage);

}  // namespace flow
