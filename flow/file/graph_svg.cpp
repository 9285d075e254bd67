// The flow as SVG: a column for each stage, the client's first, and for each route a row whose
// arrows are the hops, from top to bottom in the order in which a message goes.
#include <algorithm>
#include <sstream>
#include <vector>

#include "flow/file/graph.h"

namespace flow {
namespace {

constexpr int kLabels = 220;  // px for the names of the routes
constexpr int kColumn = 150;
constexpr int kBoxWidth = 130, kBoxHeight = 34;
constexpr int kHop = 18, kBetweenRoutes = 16;
constexpr int kMargin = 12;

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

int middle_of(std::size_t column) {
  return kLabels + kColumn / 2 + static_cast<int>(column) * kColumn;
}

struct Arrow {
  std::size_t from, to;  // columns
  bool call = false;
};

// Column 0 is the client, 1 the first stage.
std::vector<Arrow> arrows_of(const Flow& flow, const Route& route) {
  std::vector<Arrow> arrows;
  for (std::size_t stage = 0; stage < flow.stages.size(); ++stage) {
    const auto& calls = flow.stages[stage].plugin.calls;
    const bool calls_it = std::any_of(calls.begin(), calls.end(), [&](const auto& call) {
      return call.endpoint == route.endpoint;
    });
    if (calls_it) arrows.push_back({stage + 1, route.path.front() + 1, true});
  }
  const bool called = !arrows.empty();
  if (!called) arrows.push_back({0, route.path.front() + 1});
  for (std::size_t hop = 0; hop + 1 < route.path.size(); ++hop) {
    arrows.push_back({route.path[hop] + 1, route.path[hop + 1] + 1});
  }
  if (!called) arrows.push_back({route.path.back() + 1, 0});
  return arrows;
}

void draw(std::ostream& svg, const Arrow& arrow, int y) {
  const int from = middle_of(arrow.from), to = middle_of(arrow.to);
  svg << "<path class=\"" << (arrow.call ? "call" : "hop") << "\" d=\"M" << from << ' ' << y;
  // Of a stage that follows itself: a loop.
  if (from == to) svg << " h20 v6";
  svg << " L" << to << ' ' << (from == to ? y + 6 : y) << "\"/>\n";
}

void draw_box(std::ostream& svg, std::size_t column, const std::string& label, bool round) {
  svg << "<rect x=\"" << middle_of(column) - kBoxWidth / 2 << "\" y=\"" << kMargin << "\" width=\""
      << kBoxWidth << "\" height=\"" << kBoxHeight << "\" rx=\"" << (round ? kBoxHeight / 2 : 4)
      << "\"/>\n<text class=\"stage\" x=\"" << middle_of(column) << "\" y=\""
      << kMargin + kBoxHeight / 2 + 4 << "\">" << escaped(label) << "</text>\n";
}

constexpr const char* kStyle = R"(<style>
text { font: 12px sans-serif; fill: #222 } .stage { text-anchor: middle }
rect { fill: #eef3fb; stroke: #456 } .line { stroke: #ccd } .row { fill: #f7f7f7; stroke: none }
.hop, .call { fill: none; stroke: #235; stroke-width: 1.4; marker-end: url(#head) }
.call { stroke-dasharray: 5 3 }
</style>
<defs><marker id="head" markerWidth="8" markerHeight="8" refX="7" refY="4" orient="auto">
<path d="M0 0 L8 4 L0 8 z" fill="#235"/></marker></defs>
)";

}  // namespace

std::string to_svg(const Flow& flow) {
  std::ostringstream rows;
  int y = kMargin + kBoxHeight + kBetweenRoutes;
  const int width = kLabels + kColumn * static_cast<int>(flow.stages.size() + 1) + kMargin;
  for (const auto& route : flow.routes) {
    const auto arrows = arrows_of(flow, route);
    const int height = kHop * static_cast<int>(arrows.size());
    rows << "<rect class=\"row\" x=\"0\" y=\"" << y - kHop / 2 << "\" width=\"" << width
         << "\" height=\"" << height << "\"/>\n<text x=\"" << kMargin << "\" y=\"" << y + 4 << "\">"
         << escaped(route.endpoint) << (route.durable ? " (durable)" : "") << "</text>\n";
    for (const auto& arrow : arrows) {
      draw(rows, arrow, y);
      y += kHop;
    }
    y += kBetweenRoutes;
  }
  std::ostringstream svg;
  svg << "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " << width << ' ' << y
      << "\" width=\"" << width << "\" height=\"" << y << "\">\n<title>" << escaped(flow.name)
      << "</title>\n"
      << kStyle;
  const std::string all = rows.str();
  for (std::size_t column = 0; column <= flow.stages.size(); ++column) {
    const std::string label = column == 0 ? "client" : label_of(flow.stages[column - 1]);
    draw_box(svg, column, label, column == 0);
    svg << "<path class=\"line\" d=\"M" << middle_of(column) << ' ' << kMargin + kBoxHeight << " V"
        << y - kBetweenRoutes << "\"/>\n";
  }
  return svg.str() + all + "</svg>\n";
}

}  // namespace flow
