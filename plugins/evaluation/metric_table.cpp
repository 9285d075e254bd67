#include "evaluation/metric_table.h"

#include <cstdio>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "evaluation/route_client.h"
#include "executor/files/json_text.h"

namespace evaluation {
namespace {

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

}  // namespace

bool reached(double value, const std::string& goal) {
  if (goal.empty()) return true;
  const auto space = goal.find(' ');
  const auto sign = goal.substr(0, space);
  const double bound = std::stod(space == std::string::npos ? "" : goal.substr(space));
  if (sign == ">=") return value >= bound;
  if (sign == ">") return value > bound;
  if (sign == "<=") return value <= bound;
  throw std::invalid_argument("a goal begins with >=, > or <=, not " + sign);
}

std::string markdown_of(const std::vector<schemas::Metric>& figures) {
  std::string text = "| figure | value | goal | reached | measured on |\n|---|---|---|---|---|\n";
  for (const auto& figure : figures) {
    const std::string mark = figure.goal.empty()                  ? ""
                             : reached(figure.value, figure.goal) ? "yes"
                                                                  : "no";
    text += "| " + figure.part + ": " + figure.name + " | " + number(figure.value) + " | " +
            figure.goal + " | " + mark + " | " + figure.detail + " |\n";
  }
  return text;
}

void keep(const std::filesystem::path& out, const std::string& part,
          const std::vector<schemas::Metric>& figures) {
  auto list = nlohmann::json::array();
  for (const auto& figure : figures) {
    list.push_back({{"name", figure.name},
                    {"value", figure.value},
                    {"goal", figure.goal},
                    {"detail", figure.detail}});
  }
  write_file(out / (part + ".json"), list.dump(1) + "\n");
}

std::vector<schemas::Metric> kept(const std::filesystem::path& out, const std::string& part) {
  std::vector<schemas::Metric> figures;
  const auto file = out / (part + ".json");
  if (!std::filesystem::exists(file)) return figures;
  for (const auto& entry : files::parse_json(read_file(file).view())) {
    figures.push_back(
        {part, entry.at("name"), entry.at("value"), entry.at("goal"), entry.at("detail")});
  }
  return figures;
}

}  // namespace evaluation
