#include "memory/lessons.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "memory/verdicts.h"
#include "models/patience.h"
#include "models/version_folder.h"
#include "schemas/finetune.h"
#include "schemas/models.h"
#include "schemas/targets.h"

namespace memory {
namespace {

constexpr std::uint64_t kDrawSeed = 1;   // the same pictures for every strategy
constexpr std::uint64_t kNoiseSeed = 2;  // and the same noise

std::string prompt_of(const Task& task, const Material& material) {
  return "a " + task.identifier + " " + material.things[task.thing].category;
}

void require_order(const Tasks& tasks, const std::vector<std::int64_t>& order,
                   const std::filesystem::path& folder) {
  const bool follow = tasks.size() <= order.size() &&
                      std::equal(tasks.begin(), tasks.end(), order.begin(),
                                 [](const Task& task, std::int64_t thing) {
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

Lessons::Lessons(executor::Outbox& out, Probe& probe, const Material& material,
                 std::filesystem::path folder, std::filesystem::path store)
    : out_(out),
      probe_(probe),
      material_(material),
      folder_(std::move(folder)),
      store_(std::move(store)) {}

Tasks Lessons::so_far(const Run& run) {
  const auto folder = folder_ / run.name();
  auto tasks = read_tasks(folder);
  require_order(tasks, material_.suite.orders[run.order], folder);
  if (lacks_verdicts(tasks)) judge_again(run, tasks);
  return tasks;
}

Tasks Lessons::go_through(const Run& run) {
  const auto& order = material_.suite.orders[run.order];
  const auto folder = folder_ / run.name();
  auto tasks = so_far(run);
  const auto done = [](const Task& task) { return task.measured(); };
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
bool Lessons::goes_on(const Tasks& tasks) {
  const auto answer = out_.call("/models", schemas::Message::of(schemas::Models{schemas::kMeta}));
  std::string current;
  for (const auto& version : answer.as<schemas::ModelList>().versions) {
    if (version.current) current = version.version;
  }
  return !tasks.empty() && current == tasks.back().version;
}

void Lessons::reset() {
  out_.call("/admin/reset_model", schemas::Message::of(schemas::ResetModel{
                                      .target_model = schemas::kMeta, .identifier = ""}));
}

Task Lessons::learn(const Run& run, const Tasks& before, std::size_t thing) {
  const auto& suite = material_.suite;
  schemas::Finetune request;
  request.category = material_.things[thing].category;
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
      out_.call("/finetune", schemas::Message::of(request, material_.things[thing].pictures));
  const std::chrono::duration<double> taught = std::chrono::steady_clock::now() - begin;
  const auto finetuned = answer.as<schemas::Finetuned>();
  Task task{.thing = thing,
            .identifier = finetuned.identifier,
            .version = finetuned.version,
            .train_s = finetuned.train_s,
            .taught_s = taught.count(),
            .bytes = models::bytes_below(store_ / "versions" / finetuned.version) +
                     models::bytes_below(store_ / "memory" / finetuned.version)};
  if (before.empty()) return task;
  // A model that knows one thing is kept for each; of a metamodel one, and what it is shown again.
  task.bytes += before.back().bytes;
  if (!run.alone()) task.bytes -= models::bytes_below(store_ / "versions" / before.back().version);
  return task;
}

void Lessons::measure(const Run& run, Tasks& tasks, std::size_t place) {
  auto& task = tasks[place];
  figures::Studio studio(out_, folder_ / run.name() / task_name(place));
  std::vector<Seen> seen;
  for (std::size_t i = run.alone() ? place : 0; i <= place; ++i) {
    seen.push_back(look_at(tasks[i], task.version, studio));
  }
  const auto& thing = material_.things[task.thing];
  const auto asked =
      probe_.question(prompt_of(task, material_), thing.unseen, material_.suite.draws, kNoiseSeed);
  task.pretrained = probe_.losses(models::kPretrained, asked);
  task.drift = probe_.drift(task.version, material_.untouched);
  if (!run.alone() && place + 1 == material_.suite.orders[run.order].size()) {
    task.composed = compose(tasks, studio);
  }
  task.seen = std::move(seen);
}

Seen Lessons::look_at(const Task& learned, const std::string& version, figures::Studio& studio) {
  const auto prompt = prompt_of(learned, material_);
  const auto& thing = material_.things[learned.thing];
  const auto asked = probe_.question(prompt, thing.unseen, material_.suite.draws, kNoiseSeed);
  Seen seen{.thing = learned.thing,
            .losses = probe_.losses(version, asked),
            .similarity = 0,
            .taken_for = {}};
  judge(seen, looks_of(prompt, studio), material_.things);
  return seen;
}

figures::Looks Lessons::looks_of(const std::string& prompt, figures::Studio& studio) {
  return studio.look(studio.draw(prompt, material_.suite.num_images, kDrawSeed));
}

// Every learned style with every learned thing.
std::vector<Composed> Lessons::compose(const Tasks& tasks, figures::Studio& studio) {
  std::vector<Composed> all;
  const auto is_style = [&](const Task& task) { return material_.things[task.thing].style; };
  for (const auto& style : tasks) {
    if (!is_style(style)) continue;
    const auto before = prompt_of(style, material_) + " of ";
    for (const auto& task : tasks) {
      if (is_style(task)) continue;
      const auto bare = prompt_of(task, material_);
      all.push_back(judge_composed(style.thing, task.thing, looks_of(before + bare, studio),
                                   looks_of(bare, studio), material_.things));
    }
  }
  return all;
}

// Whether things that share their category were not told apart.
bool Lessons::lacks_verdicts(const Tasks& tasks) const {
  const auto& things = material_.things;
  const auto shared = [&](const Seen& seen) {
    return std::count_if(things.begin(), things.end(), [&](const Thing& other) {
             return other.category == things[seen.thing].category;
           }) > 1;
  };
  return std::any_of(tasks.begin(), tasks.end(), [&](const Task& task) {
    return std::any_of(task.seen.begin(), task.seen.end(),
                       [&](const Seen& seen) { return seen.within_kind.empty() && shared(seen); });
  });
}

// The pictures of a run are kept: what a judge says of them is asked again, and costs little.
void Lessons::judge_again(const Run& run, Tasks& tasks) {
  for (std::size_t place = 0; place < tasks.size(); ++place) {
    figures::Studio studio(out_, folder_ / run.name() / task_name(place));
    for (auto& seen : tasks[place].seen) {
      const auto learned = std::find_if(tasks.begin(), tasks.end(),
                                        [&](const Task& task) { return task.thing == seen.thing; });
      judge(seen, looks_of(prompt_of(*learned, material_), studio), material_.things);
    }
    write_task(folder_ / run.name(), tasks, place);
  }
}

void Lessons::tell(const Run& run, const std::string& text, std::size_t place) {
  const auto& order = material_.suite.orders[run.order];
  const auto& thing = material_.things[static_cast<std::size_t>(order[place])];
  out_.progress({.text = run.name() + ": " + text + " " + thing.name,
                 .step = static_cast<std::int64_t>(place),
                 .total = static_cast<std::int64_t>(order.size())});
}

}  // namespace memory
