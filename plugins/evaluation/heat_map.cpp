#include "evaluation/heat_map.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace evaluation {
namespace {

constexpr double kRed[] = {214, 96, 77}, kWhite[] = {247, 247, 247}, kGreen[] = {90, 174, 97};

std::string escaped(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    switch (c) {
      case '<': safe += "&lt;"; break;
      case '>': safe += "&gt;"; break;
      case '&': safe += "&amp;"; break;
      case '"': safe += "&quot;"; break;
      default: safe += c;
    }
  }
  return safe;
}

std::string cell_of(const std::optional<double>& value, const HeatMap& map) {
  if (!value) return "<td></td>";
  char text[64];
  std::snprintf(text, sizeof text, "<td style=\"background:#%06x\">%.2f</td>",
                colour_of(*value, map.worst, map.best), *value);
  return text;
}

}  // namespace

unsigned colour_of(double value, double worst, double best) {
  const double place = best == worst ? 1 : std::clamp((value - worst) / (best - worst), 0.0, 1.0);
  const auto& from = place < 0.5 ? kRed : kWhite;
  const auto& to = place < 0.5 ? kWhite : kGreen;
  const double share = place < 0.5 ? place * 2 : place * 2 - 1;
  unsigned colour = 0;
  for (int c = 0; c < 3; ++c) {
    colour = colour << 8 | static_cast<unsigned>(std::lround(from[c] + (to[c] - from[c]) * share));
  }
  return colour;
}

std::string html_of(const HeatMap& map) {
  std::string page = "<!doctype html>\n<meta charset=\"utf-8\">\n<title>" + escaped(map.title) +
                     "</title>\n<style>body{font:14px sans-serif}td,th{padding:.4em;"
                     "text-align:center}th:first-child{text-align:left}</style>\n<h1>" +
                     escaped(map.title) + "</h1>\n<table>\n<tr><th>";
  for (const auto& column : map.columns) page += "<th>" + escaped(column);
  page += "\n";
  for (std::size_t row = 0; row < map.rows.size(); ++row) {
    page += "<tr><th>" + escaped(map.rows[row]);
    for (const auto& cell : map.cells[row]) page += cell_of(cell, map);
    page += "\n";
  }
  return page + "</table>\n";
}

}  // namespace evaluation
