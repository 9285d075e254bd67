#include "evaluation/run_metrics.h"

#include <algorithm>
#include <numeric>

#include "evaluation/retention.h"

namespace evaluation {
namespace {

using Maybe = std::optional<double>;

constexpr double kMiB = 1024.0 * 1024.0;

double mean(const std::vector<double>& values) {
  if (values.empty()) return 0;
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

Scores similarities(const TaskResults& tasks) {
  Scores scores;
  for (std::size_t task = 0; task < tasks.size(); ++task) {
    auto& row = scores.emplace_back(tasks.size());
    for (std::size_t j = 0; j <= task; ++j) {
      row[j] = seen_at(tasks, task, tasks[j].thing)->similarity;
    }
  }
  return scores;
}

std::vector<ThingLosses> losses_of(const TaskResults& tasks) {
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

// None of nothing.
Maybe share_right(std::size_t right, std::size_t all) {
  if (all == 0) return {};
  return static_cast<double>(right) / static_cast<double>(all);
}

Maybe recognised(const TaskResults& tasks) {
  std::size_t right = 0, all = 0;
  for (const auto& task : tasks) {
    const auto& taken_for = seen_at(tasks, tasks.size() - 1, task.thing)->taken_for;
    right += static_cast<std::size_t>(std::count(taken_for.begin(), taken_for.end(), task.thing));
    all += taken_for.size();
  }
  return share_right(right, all);
}

Maybe told_apart(const TaskResults& tasks) {
  std::size_t right = 0, all = 0;
  for (const auto& task : tasks) {
    const auto& kind = seen_at(tasks, tasks.size() - 1, task.thing)->within_kind;
    right += static_cast<std::size_t>(std::count(kind.begin(), kind.end(), task.thing));
    all += kind.size();
  }
  return share_right(right, all);
}

// Of the pictures in which a thing and a style come together, those that show the thing, the style,
// and both.
struct Together {
  Maybe thing, style, both;
};

Together together(const std::vector<Composed>& composed) {
  std::size_t thing = 0, style = 0, both = 0, all = 0;
  for (const auto& each : composed) {
    for (std::size_t i = 0; i < each.taken_for.size(); ++i) {
      const bool right = each.taken_for[i] == each.thing;
      thing += right;
      style += each.in_style[i];
      both += right && each.in_style[i];
      ++all;
    }
  }
  return {share_right(thing, all), share_right(style, all), share_right(both, all)};
}

// How similar each thing of `tasks` is in a model of its own.
std::vector<double> own_scores(const TaskResults& tasks, const TaskResults& alone) {
  std::vector<double> own;
  for (const auto& task : tasks) {
    const auto* seen = seen_at(alone, alone.size() - 1, task.thing);
    own.push_back(seen ? seen->similarity : 0);
  }
  return own;
}

}  // namespace

bool whole(const schemas::EvaluationSuite& suite, const Done& done) {
  return done.tasks.size() == suite.orders[done.run.order].size() &&
         std::all_of(done.tasks.begin(), done.tasks.end(),
                     [](const TaskResult& task) { return task.measured(); });
}

RunMetrics metrics_of(const schemas::EvaluationSuite& suite, const Done& done, const Done* alone) {
  const auto& tasks = done.tasks;
  const auto losses = losses_of(tasks);
  const auto scores = similarities(tasks);
  const double gain = mean_gain(losses);
  const double most = alone ? mean_gain(losses_of(alone->tasks)) : 0;
  const auto composed = together(tasks.back().composed);
  double train_s = 0, taught_s = 0;
  for (const auto& task : tasks) {
    train_s += task.train_s;
    taught_s += task.taught_s;
  }
  return {{"retention", retention(losses)},
          {"learned", share_learned(losses)},
          {"gain", gain},
          {"gain_of_private", most > 0 ? Maybe(gain / most) : Maybe()},
          {"similarity", final_average(scores)},
          {"similarity_just", learning_accuracy(scores)},
          {"forgetting", average_forgetting(scores)},
          {"backward_transfer", backward_transfer(scores)},
          {"gap_to_private",
           alone ? Maybe(gap_to_private(scores, own_scores(tasks, alone->tasks))) : Maybe()},
          {"recognised", recognised(tasks)},
          {"told_apart", told_apart(tasks)},
          {"composed_thing", composed.thing},
          {"composed_style", composed.style},
          {"composed", composed.both},
          {"drift", suite.untouched.empty() ? Maybe() : Maybe(tasks.back().drift)},
          {"train_s", train_s},
          {"taught_s", taught_s > 0 ? Maybe(taught_s) : Maybe()},
          {"kept_MiB", static_cast<double>(tasks.back().bytes) / kMiB}};
}

}  // namespace evaluation
