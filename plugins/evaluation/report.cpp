#include "evaluation/report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>

#include "evaluation/route_client.h"
#include "evaluation/run_metrics.h"

namespace evaluation {
namespace {

// The private models' run of the same seed; null without one.
const Done* private_of(const schemas::EvaluationSuite& suite, const std::vector<Done>& all,
                       std::uint64_t seed) {
  for (const auto& done : all) {
    if (done.run.alone() && done.run.seed == seed && whole(suite, done)) return &done;
  }
  return nullptr;
}

// The figures of a strategy's runs, by column.
using Runs = std::vector<RunMetrics>;

// Of the runs that know the column.
std::vector<double> known(const Runs& runs, std::size_t column) {
  std::vector<double> values;
  for (const auto& run : runs) {
    if (run[column].second) values.push_back(*run[column].second);
  }
  return values;
}

std::optional<double> mean(const std::vector<double>& values) {
  if (values.empty()) return {};
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// The sample's standard deviation.
std::optional<double> spread(const std::vector<double>& values) {
  if (values.size() < 2) return {};
  const double middle = *mean(values);
  double sum = 0;
  for (const double value : values) sum += (value - middle) * (value - middle);
  return std::sqrt(sum / static_cast<double>(values.size() - 1));
}

std::string number(std::optional<double> value) {
  if (!value) return "";
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", *value);
  return text;
}

std::string cell(const schemas::EvaluationRow& row, std::size_t column) {
  const auto spread = number(row.spreads[column]);
  return number(row.values[column]) + (spread.empty() ? "" : " ± " + spread);
}

nlohmann::ordered_json json_of(std::optional<double> value) {
  return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json();
}

nlohmann::ordered_json json_of(const schemas::EvaluationTable& table) {
  auto rows = nlohmann::ordered_json::array();
  for (const auto& row : table.rows) {
    nlohmann::ordered_json json = {{"strategy", row.strategy}, {"runs", row.runs}};
    auto spreads = nlohmann::ordered_json::object();
    for (std::size_t i = 0; i < row.values.size(); ++i) {
      json[table.columns[i]] = json_of(row.values[i]);
      spreads[table.columns[i]] = json_of(row.spreads[i]);
    }
    json["spread"] = std::move(spreads);
    rows.push_back(std::move(json));
  }
  return {{"columns", table.columns}, {"strategies", rows}};
}

void write_map(const std::filesystem::path& folder, const std::string& name, const HeatMap& map) {
  write_file(folder / (name + ".png"), png_of(map));
  write_file(folder / (name + ".html"), html_of(map));
}

}  // namespace

schemas::EvaluationTable table_of(const schemas::EvaluationSuite& suite,
                                  const std::vector<Done>& done) {
  schemas::EvaluationTable table;
  std::map<std::string, Runs> runs;
  for (const auto& each : done) {
    if (!whole(suite, each)) continue;
    auto& strategy = runs[each.run.strategy];
    if (strategy.empty()) table.rows.push_back({.strategy = each.run.strategy});
    strategy.push_back(metrics_of(suite, each, private_of(suite, done, each.run.seed)));
  }
  if (runs.empty()) return table;
  const auto& names = runs.begin()->second.front();
  for (std::size_t column = 0; column < names.size(); ++column) {
    const bool anyone = std::any_of(runs.begin(), runs.end(), [&](const auto& strategy) {
      return !known(strategy.second, column).empty();
    });
    if (!anyone) continue;
    table.columns.push_back(names[column].first);
    for (auto& row : table.rows) {
      const auto values = known(runs[row.strategy], column);
      row.values.push_back(mean(values));
      row.spreads.push_back(spread(values));
    }
  }
  for (auto& row : table.rows) row.runs = std::ssize(runs[row.strategy]);
  return table;
}

std::string markdown_of(const schemas::EvaluationTable& table) {
  std::string text = "| |", line = "|---|";
  for (const auto& row : table.rows) {
    text += " " + row.strategy + " |";
    line += "---|";
  }
  text += "\n" + line + "\n| runs |";
  for (const auto& row : table.rows) text += " " + std::to_string(row.runs) + " |";
  text += "\n";
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    text += "| " + table.columns[i] + " |";
    for (const auto& row : table.rows) text += " " + cell(row, i) + " |";
    text += "\n";
  }
  return text;
}

schemas::EvaluationTable write_report(const std::filesystem::path& folder,
                                      const schemas::EvaluationSuite& suite,
                                      const std::vector<Done>& done) {
  auto table = table_of(suite, done);
  table.out = folder.string();
  write_file(folder / "report.json", json_of(table).dump(1) + "\n");
  write_file(folder / "table.md", markdown_of(table));
  for (const auto& each : done) {
    if (!whole(suite, each)) continue;
    const auto name = each.run.name();
    write_map(folder, name + "-kept", kept_map(suite, each));
    write_map(folder, name + "-similarity", similarity_map(suite, each));
    write_map(folder, name + "-confusion", confusion_map(suite, each));
  }
  return table;
}

}  // namespace evaluation
