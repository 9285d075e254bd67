#include "evaluation/forgetting.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "evaluation/route_client.h"
#include "evaluation/task_result.h"
#include "executor/error.h"
#include "executor/files/temporary_folder.h"
#include "schemas/evaluation.h"
#include "schemas/finetune.h"
#include "schemas/generate.h"
#include "schemas/look.h"
#include "schemas/models.h"
#include "schemas/training.h"
#include "tests/fakes.h"

#include <catch2/catch.hpp>

namespace fs = std::filesystem;

namespace {

schemas::Message with_floats(auto body, const std::string& name, std::vector<std::int64_t> shape,
                             const std::vector<float>& values) {
  std::string bytes(values.size() * sizeof(float), '\0');
  std::memcpy(bytes.data(), values.data(), bytes.size());
  std::vector<schemas::Blob> blobs;
  schemas::add_tensor(body.tensors, blobs, name, "f32", std::move(shape), schemas::Blob(bytes));
  return schemas::Message::of(body, std::move(blobs));
}

/// A flow whose trainings are copies of the tiny model, and a judge who knows a dog by its name.
class World {
 public:
  World() {
    out.answers["/finetune"] = [this](const auto& in) { return taught(in); };
    out.answers["/models"] = [this](const auto&) {
      schemas::ModelList list;
      if (!current.empty()) {
        list.versions.push_back({.target_model = "meta", .version = current, .current = true});
      }
      return schemas::Message::of(list);
    };
    out.answers["/admin/reset_model"] = [this](const auto&) {
      ++resets;
      current.clear();
      return schemas::Message::of(schemas::ModelList{});
    };
    out.answers["/generate"] = [](const auto& in) {
      const auto asked = in.template as<schemas::Generate>();
      return schemas::Message::of(
          schemas::Pictures{},
          std::vector<schemas::Blob>(static_cast<std::size_t>(asked.num_images),
                                     schemas::Blob(std::string(asked.prompt))));
    };
    out.answers["/judge"] = judged;
    out.answers["/encode"] = [](const auto& in) {
      schemas::Encoded encoded;
      encoded.scaling_factor = 0.5;
      const auto count = static_cast<std::int64_t>(in.blobs.size());
      return with_floats(encoded, "mean", {count, 4, 8, 8},
                         std::vector<float>(static_cast<std::size_t>(count) * 256, 1));
    };
    suite.things = {{"rex", "dog", 2, 1}, {"tom", "cat", 1, 1}};
    suite.strategies = {"big"};
    suite.orders = {{0, 1}};
    suite.seeds = {1};
    suite.untouched = {"car"};
    suite.num_images = 2;
    suite.draws = 4;
  }
  schemas::EvaluationTable measure() {
    evaluation::Forgetting executor({.params = {evaluation::forgetting_params(),
                                                {{"model", std::string(TINY_MODEL)},
                                                 {"judge", judge.string()},
                                                 {"out", (home / "out").string()}}},
                                     .name = "forgetting",
                                     .home = home,
                                     .loading = [](const std::string&) {}});
    std::vector<schemas::Blob> pictures;
    for (const char* text : {"dog 1", "dog 2", "dog 3", "cat 1", "cat 2"}) {
      pictures.emplace_back(std::string(text));
    }
    executor.process(schemas::Message::of(suite, pictures), out);
    return out.sent.back().as<schemas::EvaluationTable>();
  }
  fs::path judge = {};  ///< its folder, when there is one
  std::string code_of_failure() {
    try {
      measure();
    } catch (const executor::Error& error) {
      return error.code();
    }
    return "";
  }
  fs::path task(int number) const {
    return home / "out" / "big-order1-seed1" / ("task-" + std::to_string(number) + ".json");
  }

  files::TemporaryFolder temporary;
  fs::path home = temporary.path();
  tests::RecordingOutbox out;
  schemas::EvaluationSuite suite;
  std::string current;
  int trainings = 0, resets = 0;
  int fail_at = 0;  ///< the training that does not come to its end

 private:
  schemas::Message taught(const schemas::Message& in) {
    const auto asked = in.as<schemas::Finetune>();
    if (++trainings == fail_at) throw executor::Error("unavailable", "the lights went out");
    const auto version = "v-" + std::to_string(trainings);
    fs::create_directories(home / "store" / "versions");
    fs::copy(TINY_MODEL, home / "store" / "versions" / version, fs::copy_options::recursive);
    if (asked.target_model == "meta") current = version;
    return schemas::Message::of(schemas::Finetuned{.identifier = "sks" + version.substr(2),
                                                   .category = asked.category,
                                                   .target_model = asked.target_model,
                                                   .version = version,
                                                   .model = "",
                                                   .train_s = 3});
  }

  static schemas::Message judged(const schemas::Message& in) {
    std::vector<float> values;
    for (const auto& picture : in.blobs) {
      const bool dog = picture.view().find("dog") != std::string_view::npos;
      values.insert(values.end(), {dog ? 1.0F : 0.0F, dog ? 0.0F : 1.0F});
    }
    return with_floats(schemas::Judged{}, "embeddings",
                       {static_cast<std::int64_t>(in.blobs.size()), 2}, values);
  }
};

std::string evaluation_table(const fs::path& file) {
  return std::string(evaluation::read_file(file).view());
}

double value(const schemas::EvaluationTable& table, const std::string& column) {
  const auto found = std::find(table.columns.begin(), table.columns.end(), column);
  REQUIRE(found != table.columns.end());
  return table.rows.at(0)
      .values.at(static_cast<std::size_t>(found - table.columns.begin()))
      .value();
}

}  // namespace

TEST_CASE("a suite is taught by the flow's routes, and everything is looked at after each task") {
  World world;
  const auto table = world.measure();
  CHECK(world.trainings == 2);
  CHECK(world.resets == 1);
  CHECK(value(table, "similarity") == Approx(1));
  CHECK(value(table, "recognised") == 1);
  CHECK(value(table, "drift") == 0);    // the versions are copies
  CHECK(value(table, "learned") == 0);  // and have gained nothing
  CHECK(value(table, "train_s") == 6);
  CHECK(value(table, "taught_s") > 0);
  CHECK(value(table, "kept_MiB") > 0);
  const auto tasks = evaluation::read_tasks(world.task(1).parent_path());
  REQUIRE(tasks.size() == 2);
  CHECK(tasks[0].seen.size() == 1);
  CHECK(tasks[1].seen.size() == 2);
  CHECK(tasks[1].seen[0].losses.size() == 4);
  CHECK(tasks[1].seen[0].taken_for == std::vector<std::size_t>{0, 0});
  CHECK(fs::exists(world.home / "out" / "big-order1-seed1-kept.png"));
  CHECK(fs::exists(world.home / "out" / "report.json"));
}

TEST_CASE("what is done is not done again, and another strategy stands beside it") {
  World world;
  world.measure();
  world.suite.strategies = {"big", "plain"};
  const auto table = world.measure();
  CHECK(world.trainings == 4);
  CHECK(table.rows.size() == 2);
}

TEST_CASE("a run that failed goes on with the next thing") {
  World world;
  world.fail_at = 2;
  CHECK(world.code_of_failure() == "unavailable");
  CHECK(world.measure().rows.size() == 1);
  CHECK(world.trainings == 3);
  CHECK(world.resets == 1);
}

TEST_CASE("a run whose metamodel has changed meanwhile begins again") {
  World world;
  world.fail_at = 2;
  CHECK(world.code_of_failure() == "unavailable");
  world.current = "v-other";
  CHECK(world.measure().rows.size() == 1);
  CHECK(world.trainings == 4);
  CHECK(world.resets == 2);
}

TEST_CASE("what is done is in the table before the rest is taught") {
  World world;
  world.measure();
  world.suite.strategies = {"plain", "big"};
  world.fail_at = 3;
  CHECK(world.code_of_failure() == "unavailable");
  const auto table = evaluation_table(world.home / "out" / "table.md");
  CHECK(table.find("| | big |") == 0);
}

TEST_CASE("two of a category are told apart, also in a run that was measured before they were") {
  World world;
  world.suite.things[1].category = "dog";
  world.measure();
  const auto folder = world.task(1).parent_path();
  auto tasks = evaluation::read_tasks(folder);
  CHECK(tasks.at(1).seen.at(0).within_kind == std::vector<std::size_t>{0, 0});
  for (auto& seen : tasks.at(1).seen) seen.within_kind.clear();
  evaluation::write_task(folder, tasks, 1);
  world.out.answers.erase("/generate");  // the pictures are kept
  CHECK(value(world.measure(), "told_apart") == 0.5);
  CHECK(evaluation::read_tasks(folder).at(1).seen.at(0).within_kind.size() == 2);
  CHECK(world.trainings == 2);
}

TEST_CASE("a learned style and a learned thing are drawn together after the last task") {
  World world;
  world.suite.things[1] = {"ink", "painting", 1, 1, true};
  const auto table = world.measure();
  CHECK(value(table, "composed_thing") == 1);
  CHECK(value(table, "composed_style") == 0);  // a prompt with a dog in it is all dog to this judge
  const auto tasks = evaluation::read_tasks(world.task(1).parent_path());
  CHECK(tasks.at(0).composed.empty());
  REQUIRE(tasks.at(1).composed.size() == 1);
  CHECK(tasks.at(1).composed[0].taken_for == std::vector<std::size_t>{0, 0});
  const auto folder = world.home / "out" / "big-order1-seed1" / "task-2";
  CHECK(fs::exists(folder / "a-sks2-painting-of-a-sks1-dog" / "1.png"));
}

TEST_CASE("private models are taught without the metamodel, each looked at once") {
  World world;
  world.suite.strategies = {"private"};
  world.measure();
  CHECK(world.resets == 0);
  CHECK(world.current.empty());
  const auto tasks = evaluation::read_tasks(world.home / "out" / "private-order1-seed1");
  CHECK(tasks.at(1).seen.size() == 1);
}

TEST_CASE("a folder with the results of another suite is not written into") {
  World world;
  world.measure();
  world.suite.draws = 5;
  CHECK(world.code_of_failure() == "exists");
}

TEST_CASE("what another judge has looked at is not gone on with") {
  World world;
  world.judge = world.home / "judge";
  fs::create_directories(world.judge);
  std::ofstream(world.judge / "weights") << "one";
  world.measure();
  CHECK(world.code_of_failure().empty());
  std::ofstream(world.judge / "weights") << "two";
  CHECK(world.code_of_failure() == "exists");
}

TEST_CASE("orders may be added after the first, and none changed") {
  World world;
  world.measure();
  world.suite.orders = {{0, 1}, {1, 0}};
  CHECK(world.measure().rows.at(0).runs == 2);
  CHECK(world.trainings == 4);
  world.suite.orders = {{1, 0}};
  CHECK(world.code_of_failure() == "exists");
  world.suite.orders = {{0}};
  CHECK(world.code_of_failure() == "exists");
  CHECK(world.trainings == 4);
}

TEST_CASE("a suite that cannot be measured is refused") {
  World world;
  const auto refused = [&](const auto& change) {
    const auto good = world.suite;
    change(world.suite);
    const auto code = world.code_of_failure();
    world.suite = good;
    return code == "bad_input";
  };
  CHECK(refused([](auto& suite) { suite.strategies = {"bigg"}; }));
  CHECK(refused([](auto& suite) { suite.orders = {{0, 0}}; }));
  CHECK(refused([](auto& suite) { suite.orders = {{2}}; }));
  CHECK(refused([](auto& suite) { suite.things[0].pictures = 3; }));
  CHECK(refused([](auto& suite) { suite.things[0].held_out = 0; }));
  CHECK(refused([](auto& suite) { suite.draws = 1; }));
  CHECK(refused([](auto& suite) { suite.num_images = 65; }));
  CHECK(world.trainings == 0);
}
