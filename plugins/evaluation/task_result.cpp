#include "evaluation/task_result.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "evaluation/route_client.h"
#include "executor/files/json_text.h"

namespace evaluation {
namespace {

std::filesystem::path file_of(const std::filesystem::path& folder, std::size_t place) {
  return folder / ("task-" + std::to_string(place + 1) + ".json");
}

}  // namespace

// What an earlier build did not look at is empty.
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Seen, thing, losses, similarity, taken_for,
                                                within_kind)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Composed, style, thing, taken_for, in_style)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(TaskResult, thing, identifier, version, train_s,
                                                taught_s, bytes, pretrained, seen, drift, composed)

const Seen* seen_at(const TaskResults& tasks, std::size_t task, std::size_t thing) {
  for (std::size_t i = std::min(task + 1, tasks.size()); i-- > 0;) {
    for (const auto& seen : tasks[i].seen) {
      if (seen.thing == thing) return &seen;
    }
  }
  return nullptr;
}

TaskResults read_tasks(const std::filesystem::path& folder) {
  TaskResults tasks;
  while (std::filesystem::exists(file_of(folder, tasks.size()))) {
    const auto text = read_file(file_of(folder, tasks.size()));
    tasks.push_back(files::parse_json(text.view()).get<TaskResult>());
  }
  return tasks;
}

void write_task(const std::filesystem::path& folder, const TaskResults& tasks, std::size_t place) {
  write_file(file_of(folder, place), nlohmann::json(tasks[place]).dump(1) + "\n");
}

}  // namespace evaluation
