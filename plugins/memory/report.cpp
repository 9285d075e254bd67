#include "memory/report.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "figures/studio.h"
#include "memory/run_figures.h"

namespace memory {
namespace {

// The private models' run of the same seed; null without one.
const Done* private_of(const schemas::MemorySuite& suite, const std::vector<Done>& all,
                       std::uint64_t seed) {
  for (const auto& done : all) {
    if (done.run.alone() && done.run.seed == seed && whole(suite, done)) return &done;
  }
  return nullptr;
}

void add(schemas::MemoryRow& row, const Figures& figures) {
  row.values.resize(figures.size());
  const auto before = static_cast<double>(row.runs++);
  for (std::size_t i = 0; i < figures.size(); ++i) {
    row.values[i] = (row.values[i] * before + figures[i].second) / static_cast<double>(row.runs);
  }
}

schemas::MemoryRow& row_of(schemas::MemoryTable& table, const std::string& strategy) {
  for (auto& row : table.rows) {
    if (row.strategy == strategy) return row;
  }
  return table.rows.emplace_back(schemas::MemoryRow{strategy, 0, {}});
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

nlohmann::ordered_json json_of(const schemas::MemoryTable& table) {
  auto rows = nlohmann::ordered_json::array();
  for (const auto& row : table.rows) {
    nlohmann::ordered_json json = {{"strategy", row.strategy}, {"runs", row.runs}};
    for (std::size_t i = 0; i < row.values.size(); ++i) json[table.columns[i]] = row.values[i];
    rows.push_back(std::move(json));
  }
  return {{"columns", table.columns}, {"strategies", rows}};
}

void write_map(const std::filesystem::path& folder, const std::string& name, const HeatMap& map) {
  figures::write_file(folder / (name + ".png"), png_of(map));
  figures::write_file(folder / (name + ".html"), html_of(map));
}

}  // namespace

schemas::MemoryTable table_of(const schemas::MemorySuite& suite, const std::vector<Done>& done) {
  schemas::MemoryTable table;
  const bool compared = std::all_of(done.begin(), done.end(), [&](const Done& each) {
    return !whole(suite, each) || private_of(suite, done, each.run.seed) != nullptr;
  });
  for (const auto& each : done) {
    if (!whole(suite, each)) continue;
    const auto figures =
        figures_of(suite, each, compared ? private_of(suite, done, each.run.seed) : nullptr);
    add(row_of(table, each.run.strategy), figures);
    table.columns.clear();
    for (const auto& [name, value] : figures) table.columns.push_back(name);
  }
  return table;
}

std::string markdown_of(const schemas::MemoryTable& table) {
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
    for (const auto& row : table.rows) text += " " + number(row.values[i]) + " |";
    text += "\n";
  }
  return text;
}

schemas::MemoryTable write_report(const std::filesystem::path& folder,
                                  const schemas::MemorySuite& suite,
                                  const std::vector<Done>& done) {
  auto table = table_of(suite, done);
  table.out = folder.string();
  figures::write_file(folder / "report.json", json_of(table).dump(1) + "\n");
  figures::write_file(folder / "table.md", markdown_of(table));
  for (const auto& each : done) {
    const auto name = each.run.name();
    write_map(folder, name + "-kept", kept_map(suite, each));
    write_map(folder, name + "-similarity", similarity_map(suite, each));
    write_map(folder, name + "-confusion", confusion_map(suite, each));
  }
  return table;
}

}  // namespace memory
