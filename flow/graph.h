#pragma once

#include <string>

#include "flow/flow.h"

namespace flow {

/// The flow as a picture in text: an edge for each hop of a route with the route's endpoint, a
/// dashed one from a stage to the first stage of a route that it calls.
///
/// Mermaid's `flowchart` (https://mermaid.js.org/syntax/flowchart.html).
std::string to_mermaid(const Flow& flow);
/// Graphviz's DOT language (https://graphviz.org/doc/info/lang.html): `dot -Tsvg` draws it.
std::string to_dot(const Flow& flow);

}  // namespace flow
