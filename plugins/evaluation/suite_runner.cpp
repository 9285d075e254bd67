#include "evaluation/suite_runner.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "evaluation/verdicts.h"
#include "executor/files/bytes_below.h"
#include "schemas/finetune.h"
#include "schemas/models.h"
#include "schemas/targets.h"
#include "store/layout.h"
#include "store/version_folder.h"

namespace evaluation {
namespace {

constexpr std::uint64_t kDrawSeed = 1;   // the same pictures for every strategy
constexpr std::uint64_t kNoiseSeed = 2;  // and the same noise

std::string prompt_of(const TaskResult& task, const SuiteData& data) {
  return "a " + task.identifier + " " + data.things[task.thing].category;
}

void require_order(const TaskResults& tasks, const std::vector<std::int64_t>& order,
                   const std::filesystem::path& folder) {
  const bool follow = tasks.size() <= order.size() &&
                      std::equal(tasks.begin(), tasks.end(), order.begin(),
                                 [](const TaskResult& task, std::int64_t thing) {
                                   return task.thing == static_cast<std::size_t>(thing);
                                 });
  if (follow) return;
  throw executor::Error("exists", folder.string() + " has the results of another order",
                        "add orders after those that were there, or name another folder");
}

std::string task_name(std::size_t place) {
  return "task-" + std::to_string(place + 1);
}

}  // namespace

SuiteRunner::SuiteRunner(executor::Outbox& out, Probe& probe, const SuiteData& data,
                         std::filesystem::path folder, std::filesystem::path home)
    : out_(out), probe_(probe), data_(data), folder_(std::move(folder)), home_(std::move(home)) {}

TaskResults SuiteRunner::so_far(const SuiteRun& run) {
  const auto folder = folder_ / run.name();
  auto tasks = read_tasks(folder);
  require_order(tasks, data_.suite.orders[run.order], folder);
  if (lacks_verdicts(tasks)) judge_again(run, tasks);
  return tasks;
}

TaskResults SuiteRunner::go_through(const SuiteRun& run) {
  const auto& order = data_.suite.orders[run.order];
  const auto folder = folder_ / run.name();
  auto tasks = so_far(run);
  const auto done = [](const TaskResult& task) { return task.measured(); };
  if (tasks.size() == order.size() && std::all_of(tasks.begin(), tasks.end(), done)) {
    return tasks;
  }
  if (!run.alone() && !goes_on(tasks)) {
    std::filesystem::remove_all(folder);
    tasks.clear();
    reset();
  }
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i == tasks.size()) {
      tell(run, "teaching", i);
      tasks.push_back(learn(run, tasks, static_cast<std::size_t>(order[i])));
      write_task(folder, tasks, i);
    }
    if (tasks[i].measured()) continue;
    tell(run, "measuring after", i);
    measure(run, tasks, i);
    write_task(folder, tasks, i);
  }
  return tasks;
}

// Whether the metamodel is the one that the last task left.
bool SuiteRunner::goes_on(const TaskResults& tasks) {
  const auto answer = out_.call("/models", schemas::Message::of(schemas::Models{schemas::kMeta}));
  std::string current;
  for (const auto& version : answer.as<schemas::ModelList>().versions) {
    if (version.current) current = version.version;
  }
  return !tasks.empty() && current == tasks.back().version;
}

void SuiteRunner::reset() {
  out_.call("/admin/reset_model", schemas::Message::of(schemas::ResetModel{
                                      .target_model = schemas::kMeta, .identifier = ""}));
}

TaskResult SuiteRunner::learn(const SuiteRun& run, const TaskResults& before, std::size_t thing) {
  const auto& suite = data_.suite;
  schemas::Finetune request;
  request.category = data_.things[thing].category;
  request.target_model = run.alone() ? schemas::kPrivate : schemas::kMeta;
  request.strategy = run.alone() ? "" : run.strategy;
  request.seed = run.seed;
  request.max_train_steps = suite.max_train_steps;
  request.learning_rate = suite.learning_rate;
  request.lr_scheduler = suite.lr_scheduler;
  request.train_batch_size = suite.train_batch_size;
  request.num_class_images = suite.num_class_images;
  request.checkpointing_steps = 0;
  const auto begin = std::chrono::steady_clock::now();
  const auto answer =
      out_.call("/finetune", schemas::Message::of(request, data_.things[thing].pictures));
  const std::chrono::duration<double> taught = std::chrono::steady_clock::now() - begin;
  const auto finetuned = answer.as<schemas::Finetuned>();
  TaskResult task{.thing = thing,
                  .identifier = finetuned.identifier,
                  .version = finetuned.version,
                  .train_s = finetuned.train_s,
                  .taught_s = taught.count(),
                  .bytes = files::bytes_below(store::published_folder(home_, finetuned.version)) +
                           files::bytes_below(store::replay_folder(home_, finetuned.version))};
  if (before.empty()) return task;
  // A model that knows one thing is kept for each; of a metamodel one, and what it is shown again.
  task.bytes += before.back().bytes;
  if (!run.alone())
    task.bytes -= files::bytes_below(store::published_folder(home_, before.back().version));
  return task;
}

void SuiteRunner::measure(const SuiteRun& run, TaskResults& tasks, std::size_t place) {
  auto& task = tasks[place];
  RouteClient routes(out_, folder_ / run.name() / task_name(place));
  std::vector<Seen> seen;
  for (std::size_t i = run.alone() ? place : 0; i <= place; ++i) {
    seen.push_back(look_at(tasks[i], task.version, routes));
  }
  const auto& thing = data_.things[task.thing];
  const auto asked =
      probe_.question(prompt_of(task, data_), thing.unseen, data_.suite.draws, kNoiseSeed);
  task.pretrained = probe_.losses(store::kPretrained, asked, out_);
  task.drift = probe_.drift(task.version, data_.untouched, out_);
  if (!run.alone() && place + 1 == data_.suite.orders[run.order].size()) {
    task.composed = compose(tasks, routes);
  }
  task.seen = std::move(seen);
}

Seen SuiteRunner::look_at(const TaskResult& learned, const std::string& version,
                          RouteClient& routes) {
  const auto prompt = prompt_of(learned, data_);
  const auto& thing = data_.things[learned.thing];
  const auto asked = probe_.question(prompt, thing.unseen, data_.suite.draws, kNoiseSeed);
  Seen seen{.thing = learned.thing,
            .losses = probe_.losses(version, asked, out_),
            .similarity = 0,
            .taken_for = {}};
  judge(seen, looks_of(prompt, routes), data_.things);
  return seen;
}

Looks SuiteRunner::looks_of(const std::string& prompt, RouteClient& routes) {
  return routes.look(routes.draw(prompt, data_.suite.num_images, kDrawSeed));
}

// Every learned style with every learned thing.
std::vector<Composed> SuiteRunner::compose(const TaskResults& tasks, RouteClient& routes) {
  std::vector<Composed> all;
  const auto is_style = [&](const TaskResult& task) { return data_.things[task.thing].style; };
  for (const auto& style : tasks) {
    if (!is_style(style)) continue;
    const auto before = prompt_of(style, data_) + " of ";
    for (const auto& task : tasks) {
      if (is_style(task)) continue;
      const auto bare = prompt_of(task, data_);
      all.push_back(judge_composed(style.thing, task.thing, looks_of(before + bare, routes),
                                   looks_of(bare, routes), data_.things));
    }
  }
  return all;
}

// Whether things that share their category were not told apart.
bool SuiteRunner::lacks_verdicts(const TaskResults& tasks) const {
  const auto& things = data_.things;
  const auto shared = [&](const Seen& seen) {
    return std::count_if(things.begin(), things.end(), [&](const Thing& other) {
             return other.category == things[seen.thing].category;
           }) > 1;
  };
  return std::any_of(tasks.begin(), tasks.end(), [&](const TaskResult& task) {
    return std::any_of(task.seen.begin(), task.seen.end(),
                       [&](const Seen& seen) { return seen.within_kind.empty() && shared(seen); });
  });
}

// The pictures of a run are kept: what a judge says of them is asked again, and costs little.
void SuiteRunner::judge_again(const SuiteRun& run, TaskResults& tasks) {
  for (std::size_t place = 0; place < tasks.size(); ++place) {
    RouteClient routes(out_, folder_ / run.name() / task_name(place));
    for (auto& seen : tasks[place].seen) {
      const auto learned = std::find_if(tasks.begin(), tasks.end(), [&](const TaskResult& task) {
        return task.thing == seen.thing;
      });
      judge(seen, looks_of(prompt_of(*learned, data_), routes), data_.things);
    }
    write_task(folder_ / run.name(), tasks, place);
  }
}

void SuiteRunner::tell(const SuiteRun& run, const std::string& text, std::size_t place) {
  const auto& order = data_.suite.orders[run.order];
  const auto& thing = data_.things[static_cast<std::size_t>(order[place])];
  out_.progress({.text = run.name() + ": " + text + " " + thing.name,
                 .step = static_cast<std::int64_t>(place),
                 .total = static_cast<std::int64_t>(order.size())});
}

}  // namespace evaluation
