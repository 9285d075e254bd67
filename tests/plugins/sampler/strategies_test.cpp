// What each strategy shows of what a metamodel has learned.
#include "sampler/prior_shares.h"
#include "sampler/sampler.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <set>

#include "executor/files/checksums.h"
#include "sampler/model_identity.h"
#include "schemas/strategies.h"
#include "store/replay_file.h"
#include "tests/plugins/sampler/sampler_fixture.h"

using tests::Bench;
using tests::prior_prompts;

TEST_CASE("the strategy is the request's, else the flow's") {
  struct Case {
    const char* strategy;
    std::map<std::int64_t, int> rows;
  };
  const auto c = GENERATE(values<Case>(
      {{"prototype", {{1, 4}, {4, 4}, {5, 4}, {6, 4}}}, {"dreambooth", {{1, 16}}}, {"plain", {}}}));
  Bench bench;
  auto settings = bench.meta();
  settings.max_train_steps = 8;
  settings.strategy = c.strategy;
  sampler::Sampler(bench.setup()).process(Bench::encoded(settings), bench.outbox);
  CHECK(prior_prompts(bench.outbox.sent) == c.rows);
  settings.strategy = "bigg";
  CHECK_THROWS_WITH(sampler::Sampler(bench.setup()).process(Bench::encoded(settings), bench.outbox),
                    Catch::Contains("did you mean 'big'?"));
}

TEST_CASE("general words take a part of a metamodel's prior rows, not more words than rows") {
  Bench bench;
  auto settings = bench.meta();
  settings.max_train_steps = 8;
  settings.strategy = "general";
  settings.general = {"car", "tree", "sun", "moon", "sea"};
  sampler::Sampler(bench.setup()).process(Bench::encoded(settings), bench.outbox);
  // of 16 slots 4 for the first four words (rows 7 to 10), the other 12 as big
  CHECK(
      prior_prompts(bench.outbox.sent) ==
      std::map<std::int64_t, int>{{1, 3}, {4, 3}, {5, 3}, {6, 3}, {7, 1}, {8, 1}, {9, 1}, {10, 1}});
  std::set<std::string> asked;
  for (const auto& call : bench.outbox.asked) {
    if (call.endpoint != sampler::kPriorRoute) continue;
    asked.insert(call.message.as<schemas::Prior>().settings.prompt);
  }
  CHECK(asked == std::set<std::string>{"a dog", "a cat", "a car", "a tree", "a sun", "a moon"});
}

TEST_CASE("of a general word as many pictures are drawn as there are slots, and at most four") {
  const auto steps = GENERATE(as<std::int64_t>{}, 6, 8, 10);  // 3, 4 and 5 slots
  Bench bench;
  auto settings = bench.meta();
  settings.max_train_steps = steps;
  settings.strategy = "general";
  settings.general = {"car"};
  sampler::Sampler(bench.setup()).process(Bench::encoded(settings), bench.outbox);
  std::int64_t drawn = 0;
  for (const auto& call : bench.outbox.asked) {
    if (call.endpoint != sampler::kPriorRoute) continue;
    const auto prior = call.message.as<schemas::Prior>();
    if (prior.settings.prompt == "a car") drawn += std::ssize(prior.settings.seeds);
  }
  CHECK(drawn == std::min(steps / 2, sampler::kMostOfGeneralWord));
}

TEST_CASE("with the strategy general a metamodel gets averaged weights, a private model its last") {
  Bench bench;
  auto settings = GENERATE(true, false) ? bench.meta() : Bench::settings();
  settings.strategy = GENERATE("general", "interpolation");
  const bool averaged = settings.target_model == "meta" && settings.strategy == "general";
  sampler::Sampler(bench.setup()).process(Bench::encoded(settings), bench.outbox);
  const auto trained = bench.outbox.sent[0].as<schemas::Training>().settings;
  CHECK(trained.use_ema == averaged);
  CHECK(trained.ema_inv_gamma == (averaged ? sampler::kGeneralInvGamma : 9));
}

TEST_CASE("a request that asks for averaged weights gets them in its own way") {
  Bench bench;
  auto settings = bench.meta();
  settings.strategy = "general";
  settings.use_ema = true;
  sampler::Sampler(bench.setup()).process(Bench::encoded(settings), bench.outbox);
  CHECK(bench.outbox.sent[0].as<schemas::Training>().settings.ema_inv_gamma == 9);
}

TEST_CASE("a private model is shown no general words, whatever the strategy") {
  Bench bench;
  auto settings = Bench::settings();
  settings.strategy = "general";
  sampler::Sampler(bench.setup()).process(Bench::encoded(settings), bench.outbox);
  CHECK(prior_prompts(bench.outbox.sent) == std::map<std::int64_t, int>{{1, 10}});
}

TEST_CASE("distillation draws no category picture: known ones stand in, in BIG's shares") {
  Bench bench;
  auto settings = bench.meta();
  settings.max_train_steps = 8;
  settings.strategy = "distillation";
  sampler::Sampler(bench.setup()).process(Bench::encoded(settings), bench.outbox);
  for (const auto& call : bench.outbox.asked) CHECK(call.endpoint != sampler::kPriorRoute);
  CHECK(prior_prompts(bench.outbox.sent) ==
        std::map<std::int64_t, int>{{1, 4}, {4, 4}, {5, 4}, {6, 4}});
}

TEST_CASE(
    "a memory that is gone, damaged or of another model fails the job, names the thing and a way "
    "out") {
  Bench bench;
  const auto settings = bench.meta();
  const auto file = store::replay_folder(bench.home.path(), "v-1") / "posterior.safetensors";
  const auto refused = [&] {
    try {
      sampler::Sampler(bench.setup()).process(Bench::encoded(settings), bench.outbox);
    } catch (const executor::Error& error) {
      return error.code() == "not_found" && !error.hint().empty() &&
             std::string(error.what()).find("'brc' (dog)") != std::string::npos;
    }
    return false;
  };
  std::ofstream(file) << "damaged";
  CHECK(refused());
  store::write_replay(file.parent_path(), {std::vector<float>(4), std::vector<float>(4)},
                      {4, 1, 1});
  CHECK(refused());
  std::filesystem::remove(file);
  CHECK(refused());
  CHECK_THROWS_AS(store::replay_folder(bench.home.path(), "../x"), executor::Error);
}

TEST_CASE("a metamodel that is retrained is shown all its things, their categories, other words") {
  Bench bench;
  auto settings = bench.meta();
  settings.identifier = settings.category = settings.category_prompt = "";
  settings.replaces = "v-2";
  settings.general = {"house", "tree"};
  settings.strategy = "general";
  settings.max_train_steps = 8;
  sampler::Sampler(bench.setup()).process(Bench::encoded(settings, 0), bench.outbox);
  std::map<std::int64_t, int> instances;
  for (std::size_t i = 1; i < bench.outbox.sent.size(); ++i) {
    const auto batch = bench.outbox.sent[i].as<schemas::TrainBatch>();
    const auto prompts = tests::values_of<std::int64_t>(
        schemas::find_tensor(batch.tensors, bench.outbox.sent[i], "prompts", "i64"));
    for (std::int64_t row = 0; row < batch.instances; ++row) {
      ++instances[prompts[static_cast<std::size_t>(row)]];
    }
  }
  CHECK(instances == std::map<std::int64_t, int>{{4, 8}, {5, 8}});  // brc dog, kpk cat
  // dog 3/8, cat 3/8, house 1/8, tree 1/8 of 16 slots
  CHECK(prior_prompts(bench.outbox.sent) ==
        std::map<std::int64_t, int>{{6, 6}, {7, 6}, {8, 2}, {9, 2}});
  CHECK(bench.outbox.sent[0].as<schemas::Training>().settings.use_ema);
  CHECK_FALSE(exists(store::staged_replay_folder(bench.home.path(), "v-3")));
}

TEST_CASE("each earlier thing that is read is a sign of life, and a cancelled job reads no more") {
  Bench bench;
  auto settings = bench.meta();
  settings.identifier = settings.category = settings.category_prompt = "";
  settings.replaces = "v-2";
  settings.prior_loss_weight = 0;
  sampler::Sampler sampler(bench.setup());
  sampler.process(Bench::encoded(settings, 0), bench.outbox);
  CHECK(bench.outbox.looks == settings.replay.size());
  settings.prior_loss_weight = 1;
  settings.strategy = "distillation";
  bench.outbox.looks = 0;
  sampler.process(Bench::encoded(settings, 0), bench.outbox);
  CHECK(bench.outbox.looks >= 2 * settings.replay.size());  // as instances, and as prior
}

TEST_CASE("every strategy retrains, and pictures where there should be none are refused") {
  for (const auto& strategy : schemas::strategy_names()) {
    Bench bench;
    auto settings = bench.meta();
    settings.identifier = settings.category = settings.category_prompt = "";
    settings.replaces = "v-2";
    settings.strategy = strategy;
    sampler::Sampler sampler(bench.setup());
    CHECK_THROWS_AS(sampler.process(Bench::encoded(settings, 1), bench.outbox), executor::Error);
    sampler.process(Bench::encoded(settings, 0), bench.outbox);
    CHECK(bench.outbox.sent.size() == 6);
  }
  Bench bench;
  CHECK_THROWS_AS(
      sampler::Sampler(bench.setup()).process(Bench::encoded(bench.meta(), 0), bench.outbox),
      executor::Error);
}
