#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace evaluation {

/// What was measured on one thing after a task.
struct Seen {
  std::size_t thing = 0;               ///< its index in the suite
  std::vector<double> losses;          ///< on its held-out pictures, draw by draw
  double similarity = 0;               ///< mean cosine of generated and real pictures
  std::vector<std::size_t> taken_for;  ///< for each generated picture, the nearest thing
  /// The same among only the things of its category: dog-a or dog-b. Empty when it is the only one.
  std::vector<std::size_t> within_kind = {};
};

/// Pictures of a learned thing in a learned style, after the last task.
struct Composed {
  std::size_t style = 0, thing = 0;
  std::vector<std::size_t> taken_for;  ///< for each picture, the nearest thing that is not a style
  /// Whether it is nearer to the style than the same picture without the style.
  std::vector<bool> in_style;
};

/// One taught thing, and after measuring, the measurements on everything learned so far.
struct TaskResult {
  std::size_t thing = 0;
  std::string identifier, version;
  double train_s = 0;              ///< the trainer's steps and what follows them
  double taught_s = 0;             ///< from request to answer, including all drawing
  std::uint64_t bytes = 0;         ///< kept on disk for everything learned so far
  std::vector<double> pretrained;  ///< the thing's losses before anything was learned
  std::vector<Seen> seen;          ///< in the order of learning; empty = not measured yet
  double drift = 0;
  std::vector<Composed> composed;  ///< for the last task, when a style was learned

  bool measured() const { return !seen.empty(); }
};

using TaskResults = std::vector<TaskResult>;

/// The newest measurement of a thing up to and including `task`; null before it was learned. For
/// private models this is the only measurement.
const Seen* seen_at(const TaskResults& tasks, std::size_t task, std::size_t thing);

/// Reads the tasks of a run from `folder`: task-1.json, task-2.json, ...; empty when there are
/// none.
TaskResults read_tasks(const std::filesystem::path& folder);
/// Writes tasks[place] into `folder`, whole or not at all.
void write_task(const std::filesystem::path& folder, const TaskResults& tasks, std::size_t place);

}  // namespace evaluation
