#include "memory/run_figures.h"

#include <algorithm>
#include <numeric>

#include "memory/confusion.h"
#include "memory/retention.h"

namespace memory {
namespace {

constexpr double kMiB = 1024.0 * 1024.0;

double mean(const std::vector<double>& values) {
  if (values.empty()) return 0;
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

Scores similarities(const Tasks& tasks) {
  Scores scores;
  for (std::size_t task = 0; task < tasks.size(); ++task) {
    auto& row = scores.emplace_back(tasks.size());
    for (std::size_t j = 0; j <= task; ++j) {
      row[j] = seen_at(tasks, task, tasks[j].thing)->similarity;
    }
  }
  return scores;
}

std::vector<ThingLosses> losses_of(const Tasks& tasks) {
  std::vector<ThingLosses> all;
  for (std::size_t j = 0; j < tasks.size(); ++j) {
    const auto thing = tasks[j].thing;
    all.push_back({tasks[j].pretrained, seen_at(tasks, j, thing)->losses,
                   seen_at(tasks, tasks.size() - 1, thing)->losses});
  }
  return all;
}

double mean_gain(const std::vector<ThingLosses>& things) {
  std::vector<double> gains;
  for (const auto& thing : things) gains.push_back(gain_of(thing.pretrained, thing.just).mean);
  return mean(gains);
}

double share_learned(const std::vector<ThingLosses>& things) {
  return static_cast<double>(std::count_if(things.begin(), things.end(), learned)) /
         static_cast<double>(things.size());
}

Confusion confusion_of(const schemas::MemorySuite& suite, const Tasks& tasks) {
  std::vector<std::string> categories;
  for (const auto& thing : suite.things) categories.push_back(thing.category);
  Confusion confusion(std::move(categories));
  for (const auto& task : tasks) {
    const auto* seen = seen_at(tasks, tasks.size() - 1, task.thing);
    for (const auto other : seen->taken_for) confusion.add(task.thing, other);
  }
  return confusion;
}

// How similar each thing of `tasks` is in a model of its own.
std::vector<double> own_scores(const Tasks& tasks, const Tasks& alone) {
  std::vector<double> own;
  for (const auto& task : tasks) {
    const auto* seen = seen_at(alone, alone.size() - 1, task.thing);
    own.push_back(seen ? seen->similarity : 0);
  }
  return own;
}

}  // namespace

bool whole(const schemas::MemorySuite& suite, const Done& done) {
  return done.tasks.size() == suite.orders[done.run.order].size() &&
         std::all_of(done.tasks.begin(), done.tasks.end(),
                     [](const Task& task) { return task.measured(); });
}

Figures figures_of(const schemas::MemorySuite& suite, const Done& done, const Done* alone) {
  const auto losses = losses_of(done.tasks);
  const auto scores = similarities(done.tasks);
  const auto confusion = confusion_of(suite, done.tasks);
  const double gain = mean_gain(losses);
  double train_s = 0;
  for (const auto& task : done.tasks) train_s += task.train_s;
  Figures figures = {
      {"retention", retention(losses)}, {"learned", share_learned(losses)}, {"gain", gain}};
  if (alone) {
    const double most = mean_gain(losses_of(alone->tasks));
    figures.emplace_back("gain_of_private", most > 0 ? gain / most : 0);
  }
  figures.insert(figures.end(), {{"similarity", final_average(scores)},
                                 {"similarity_just", learning_accuracy(scores)},
                                 {"forgetting", average_forgetting(scores)},
                                 {"backward_transfer", backward_transfer(scores)}});
  if (alone) {
    const auto own = own_scores(done.tasks, alone->tasks);
    figures.emplace_back("gap_to_private", gap_to_private(scores, own));
  }
  figures.insert(figures.end(),
                 {{"recognised", confusion.identity_accuracy()},
                  {"told_apart", confusion.accuracy_within_categories()},
                  {"drift", done.tasks.back().drift},
                  {"train_s", train_s},
                  {"kept_MiB", static_cast<double>(done.tasks.back().bytes) / kMiB}});
  return figures;
}

}  // namespace memory
