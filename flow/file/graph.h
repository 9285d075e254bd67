#pragma once

#include <string>

#include "flow/file/flow.h"

namespace flow {

/// The flow as a picture in text: an edge for each hop of a route with the route's endpoint, a
/// dashed one from a stage to the first stage of a route that it calls.
///
/// Mermaid's `flowchart` (https://mermaid.js.org/syntax/flowchart.html).
std::string to_mermaid(const Flow& flow);
/// Graphviz's DOT language (https://graphviz.org/doc/info/lang.html): `dot -Tsvg` draws it.
std::string to_dot(const Flow& flow);
/// SVG, which a browser shows: a column for each stage, a row for each route, an arrow for each
/// hop; dashed where a stage calls the route.
std::string to_svg(const Flow& flow);

/// What is written in a stage's box: "sampler = ./mine.so x2, GPU".
std::string label_of(const Stage& stage);

}  // namespace flow
