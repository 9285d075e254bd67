#include <numeric>
#include <optional>

#include "evaluation/confusion.h"
#include "evaluation/report.h"

namespace evaluation {
namespace {

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// Rows and columns in the order of learning; `value(task, j)` of the thing that task j taught.
template <typename Value>
HeatMap over_tasks(const schemas::EvaluationSuite& suite, const TaskResults& tasks,
                   const Value& value) {
  HeatMap map;
  for (std::size_t j = 0; j < tasks.size(); ++j) {
    const auto& name = suite.things[tasks[j].thing].name;
    map.rows.push_back(name);
    map.columns.push_back("+" + name);
    auto& row = map.cells.emplace_back(tasks.size());
    for (std::size_t task = j; task < tasks.size(); ++task) {
      if (tasks[task].measured()) row[task] = value(task, j);
    }
  }
  return map;
}

}  // namespace

HeatMap kept_map(const schemas::EvaluationSuite& suite, const Done& done) {
  const auto& tasks = done.tasks;
  auto map =
      over_tasks(suite, tasks, [&](std::size_t task, std::size_t j) -> std::optional<double> {
        const double before = mean(tasks[j].pretrained);
        const double just = mean(seen_at(tasks, j, tasks[j].thing)->losses);
        const double now = mean(seen_at(tasks, task, tasks[j].thing)->losses);
        if (!(before > just)) return {};
        return (before - now) / (before - just);
      });
  map.title = done.run.name() + ": what is kept of each thing (loss)";
  return map;
}

HeatMap similarity_map(const schemas::EvaluationSuite& suite, const Done& done) {
  auto map = over_tasks(suite, done.tasks, [&](std::size_t task, std::size_t j) {
    return seen_at(done.tasks, task, done.tasks[j].thing)->similarity;
  });
  map.title = done.run.name() + ": similarity of generated and real";
  return map;
}

HeatMap confusion_map(const schemas::EvaluationSuite& suite, const Done& done) {
  Confusion confusion(suite.things.size());
  HeatMap map{.title = done.run.name() + ": what is drawn is taken for",
              .rows = {},
              .columns = {},
              .cells = {},
              .worst = -1};  // a share of 0 is white
  for (const auto& thing : suite.things) map.columns.push_back(thing.name);
  for (const auto& task : done.tasks) {
    const auto* seen = seen_at(done.tasks, done.tasks.size() - 1, task.thing);
    if (!seen) continue;
    for (const auto other : seen->taken_for) confusion.add(task.thing, other);
    map.rows.push_back(suite.things[task.thing].name);
    auto& row = map.cells.emplace_back();
    for (std::size_t i = 0; i < suite.things.size(); ++i) {
      row.emplace_back(confusion.share(task.thing, i));
    }
  }
  return map;
}

}  // namespace evaluation
