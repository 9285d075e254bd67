#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace evaluation {

/// What was seen of one thing after a task.
struct Seen {
  std::size_t thing = 0;               ///< its place in the suite
  std::vector<double> losses;          ///< on its held-out pictures, draw by draw
  double similarity = 0;               ///< mean cosine of generated and real pictures
  std::vector<std::size_t> taken_for;  ///< of each generated picture: the nearest thing
  /// The same among the things of its category alone: dog-a or dog-b. Empty for the only one.
  std::vector<std::size_t> within_kind = {};
};

/// Pictures of a learned thing in a learned style, after the last task.
struct Composed {
  std::size_t style = 0, thing = 0;
  std::vector<std::size_t> taken_for;  ///< of each picture: the nearest thing that is no style
  std::vector<bool> in_style;          ///< nearer to the style than the same without it
};

/// One thing taught, and, once it is measured, everything learned so far looked at.
struct TaskResult {
  std::size_t thing = 0;
  std::string identifier, version;
  double train_s = 0;              ///< of the trainer's steps and what follows them
  double taught_s = 0;             ///< from request to answer, all that was drawn for it included
  std::uint64_t bytes = 0;         ///< kept on disk for all that was learned so far
  std::vector<double> pretrained;  ///< losses of the thing before anything was learned
  std::vector<Seen> seen;          ///< in the order of learning; empty = not measured yet
  double drift = 0;
  std::vector<Composed> composed;  ///< of the last task, when a style was learned

  bool measured() const { return !seen.empty(); }
};

using TaskResults = std::vector<TaskResult>;

/// The newest look at a thing up to and with `task`; nothing before it was learned. Of models that
/// know one thing each, that is the one look there was.
const Seen* seen_at(const TaskResults& tasks, std::size_t task, std::size_t thing);

/// The tasks of a run in `folder`, task-1.json and on; empty without any.
TaskResults read_tasks(const std::filesystem::path& folder);
/// Writes tasks[place] into `folder`, whole or not at all.
void write_task(const std::filesystem::path& folder, const TaskResults& tasks, std::size_t place);

}  // namespace evaluation
