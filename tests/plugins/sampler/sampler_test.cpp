#include "sampler/sampler.h"
#include "sampler/prior_shares.h"

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

TEST_CASE("a job becomes its settings and one batch a step") {
  Bench bench;
  sampler::Sampler sampler(bench.setup());
  sampler.process(Bench::encoded(Bench::settings()), bench.outbox);
  REQUIRE(bench.outbox.sent.size() == 6);
  const auto training = bench.outbox.sent[0].as<schemas::Training>();
  CHECK(training.settings.train_batch_size == 2);
  CHECK(training.settings.num_class_images == 12);
  CHECK(schemas::find_tensor(training.tensors, bench.outbox.sent[0], "context", "f32").shape ==
        std::vector<std::int64_t>{4, 2, 2});
  for (int step = 0; step < 5; ++step) {
    const auto batch = bench.outbox.sent[step + 1].as<schemas::TrainBatch>();
    CHECK(batch.step == step);
    CHECK(batch.instances == 2);
  }
}

TEST_CASE("a second job on the same category asks for nothing, and repeats the first bit by bit") {
  Bench bench;
  sampler::Sampler sampler(bench.setup());
  sampler.process(Bench::encoded(Bench::settings()), bench.outbox);
  const auto first = bench.outbox.sent;
  bench.outbox.sent.clear();
  bench.outbox.asked.clear();
  sampler::Sampler later(bench.setup());
  later.process(Bench::encoded(Bench::settings()), bench.outbox);
  CHECK(bench.outbox.asked.empty());
  REQUIRE(bench.outbox.sent.size() == first.size());
  for (std::size_t i = 0; i < first.size(); ++i) {
    CHECK(bench.outbox.sent[i].body == first[i].body);
    for (std::size_t b = 0; b < first[i].blobs.size(); ++b) {
      CHECK(bench.outbox.sent[i].blobs[b].view() == first[i].blobs[b].view());
    }
  }
}

TEST_CASE(
    "a later attempt gets its settings and the batches from its step on, the same bit by bit") {
  Bench bench;
  sampler::Sampler sampler(bench.setup());
  sampler.process(Bench::encoded(Bench::settings()), bench.outbox);
  const auto whole = std::exchange(bench.outbox.sent, {});
  auto again = Bench::encoded(Bench::settings());
  again.from_step = 3;
  sampler.process(again, bench.outbox);
  REQUIRE(bench.outbox.sent.size() == 3);
  CHECK(bench.outbox.sent[0].type == schemas::Training::kType);
  for (std::size_t i = 1; i < 3; ++i) {
    CHECK(bench.outbox.sent[i].body == whole[i + 3].body);
    for (std::size_t b = 0; b < whole[i + 3].blobs.size(); ++b) {
      CHECK(bench.outbox.sent[i].blobs[b].view() == whole[i + 3].blobs[b].view());
    }
  }
}

TEST_CASE("another pretrained model draws its own category pictures") {
  Bench bench;
  sampler::Sampler(bench.setup()).process(Bench::encoded(Bench::settings()), bench.outbox);
  bench.outbox.asked.clear();
  bench.write_model("other weights");
  sampler::Sampler(bench.setup()).process(Bench::encoded(Bench::settings()), bench.outbox);
  CHECK(bench.outbox.asked.size() == 2);
}

TEST_CASE("without prior loss no category picture is drawn") {
  Bench bench;
  auto settings = Bench::settings();
  settings.prior_loss_weight = 0;
  settings.train_batch_size = 3;
  sampler::Sampler(bench.setup()).process(Bench::encoded(settings), bench.outbox);
  CHECK(bench.outbox.asked.empty());
  CHECK(bench.outbox.sent[0].as<schemas::Training>().settings.num_class_images == 0);
  const auto batch = bench.outbox.sent[1].as<schemas::TrainBatch>();
  CHECK(batch.instances == 3);
  CHECK(schemas::find_tensor(batch.tensors, bench.outbox.sent[1], "latents", "f32").shape[0] == 3);
}

TEST_CASE("a cancelled job stops the stream") {
  Bench bench;
  bench.outbox.cancel_after_sends = 3;
  sampler::Sampler sampler(bench.setup());
  CHECK_THROWS_AS(sampler.process(Bench::encoded(Bench::settings()), bench.outbox),
                  executor::Cancelled);
  CHECK(bench.outbox.sent.size() == 3);
  bench.outbox.cancel = true;
  auto other = Bench::settings();
  other.category_prompt = "a cat";
  CHECK_THROWS_AS(sampler.process(Bench::encoded(other), bench.outbox), executor::Cancelled);
}

TEST_CASE("a failure of /prior fails the job with its own text") {
  Bench bench;
  bench.outbox.answers["/prior"] = [](const schemas::Message&) -> schemas::Message {
    throw executor::Error("out_of_memory", "no memory is left");
  };
  sampler::Sampler sampler(bench.setup());
  CHECK_THROWS_WITH(sampler.process(Bench::encoded(Bench::settings()), bench.outbox),
                    "no memory is left");
}

TEST_CASE("tensors that contradict each other are refused, and the executor lives on") {
  Bench bench;
  sampler::Sampler sampler(bench.setup());
  const auto refused = [&](auto change) {
    auto message = Bench::encoded(Bench::settings());
    auto body = message.as<schemas::Encoded>();
    change(body);
    message.body = schemas::pack(body);
    CHECK_THROWS(sampler.process(message, bench.outbox));
    CHECK(bench.outbox.sent.empty());
  };
  refused([](auto& body) { body.tensors[0].name = "average"; });
  refused([](auto& body) { body.tensors[0].shape = {3, 4, 6}; });
  refused([](auto& body) { body.tensors[0].shape = {3, 4, 2, 4}; });
  refused([](auto& body) { body.tensors[1].shape = {3, 4, 3, 2}; });
  refused([](auto& body) { body.tensors[0].shape = {0, 4, 2, 3}; });
  refused([](auto& body) { body.tensors[2].shape = {2, 4, 2}; });
  refused([](auto& body) { body.scaling_factor = 0; });
  refused([](auto& body) { body.settings.train_batch_size = schemas::kMaxTrainBatchSize + 1; });
  refused([](auto& body) { body.settings.gradient_accumulation_steps = 0; });
  refused([](auto& body) { body.settings.strategy = "bigg"; });
  refused([](auto& body) { body.settings.seed.reset(); });
  refused([](auto& body) { body.settings.num_class_images = -1; });
  CHECK_NOTHROW(sampler.process(Bench::encoded(Bench::settings()), bench.outbox));
}

TEST_CASE("the largest batch is taken") {
  Bench bench;
  auto settings = Bench::settings();
  settings.train_batch_size = schemas::kMaxTrainBatchSize;
  settings.max_train_steps = 1;
  sampler::Sampler(bench.setup()).process(Bench::encoded(settings), bench.outbox);
  CHECK(bench.outbox.sent.back().as<schemas::TrainBatch>().instances ==
        schemas::kMaxTrainBatchSize);
}

TEST_CASE("a step's batch has the rows of all the parts that it is taken in") {
  Bench bench;
  auto settings = Bench::settings();
  settings.train_batch_size = 2;
  settings.gradient_accumulation_steps = 16;
  settings.max_train_steps = 1;
  sampler::Sampler(bench.setup()).process(Bench::encoded(settings), bench.outbox);
  CHECK(bench.outbox.sent.back().as<schemas::TrainBatch>().instances == 2 * 16);
}

TEST_CASE("a sampler without its model is refused at the start") {
  Bench bench;
  CHECK_THROWS_AS(sampler::identity_of_model(bench.home.path() / "nowhere"), executor::Error);
}

TEST_CASE("a metamodel's prior rows are the BIG allocation of what it has learned") {
  Bench bench;
  auto settings = bench.meta();
  settings.max_train_steps = 8;
  sampler::Sampler(bench.setup()).process(Bench::encoded(settings), bench.outbox);
  // dog drawn 1/4, brc dog 1/4, cat drawn 1/4, kpk cat 1/4 of 16 slots
  CHECK(prior_prompts(bench.outbox.sent) ==
        std::map<std::int64_t, int>{{1, 4}, {4, 4}, {5, 4}, {6, 4}});
  CHECK(bench.outbox.sent[0].as<schemas::Training>().settings.strategy == "big");
  std::set<std::string> asked;
  for (const auto& call : bench.outbox.asked) {
    if (call.endpoint != sampler::kPriorRoute) continue;
    asked.insert(call.message.as<schemas::Prior>().settings.prompt);
  }
  CHECK(asked == std::set<std::string>{"a dog", "a cat"});
}

TEST_CASE("a metamodel's job leaves what is to be remembered in staging; a private one does not") {
  Bench bench;
  sampler::Sampler(bench.setup()).process(Bench::encoded(bench.meta()), bench.outbox);
  const auto folder = store::staged_replay_folder(bench.home.path(), "v-3");
  const auto kept = store::read_replay(folder, {tests::kChannels, tests::kHeight, tests::kWidth});
  CHECK(kept.mean.size() == 3 * tests::kValues);
  CHECK(kept.mean.back() == 3);
  auto own = Bench::settings();
  own.target_model = "private";
  own.version = "v-4";
  sampler::Sampler(bench.setup()).process(Bench::encoded(own), bench.outbox);
  CHECK_FALSE(exists(store::staged_replay_folder(bench.home.path(), "v-4")));
}

TEST_CASE("a memory of which a byte has changed is not learned from") {
  Bench bench;
  sampler::Sampler(bench.setup()).process(Bench::encoded(bench.meta()), bench.outbox);
  const auto folder = store::staged_replay_folder(bench.home.path(), "v-3");
  files::write_checksums(folder);  // as the registry does when it publishes it
  const store::LatentShape shape = {tests::kChannels, tests::kHeight, tests::kWidth};
  CHECK_NOTHROW(store::read_replay(folder, shape));
  std::fstream file(folder / "posterior.safetensors",
                    std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(-2, std::ios::end).put('\x01');  // of the last number: still one
  file.close();
  CHECK_THROWS_AS(store::read_replay(folder, shape), executor::Error);
}

TEST_CASE("from a host with a disk of its own the memory is sent to the registry's") {
  Bench bench;
  std::vector<schemas::Offer> offers;
  std::vector<schemas::ManifestOf> rights;
  bench.outbox.answers["/store"] = [&](const schemas::Message& asked) {
    if (asked.type == schemas::SameDisk::kType) return schemas::Message::of(schemas::SameDisk{});
    rights.push_back(asked.as<schemas::ManifestOf>());
    return schemas::Message::of(schemas::Manifest{});
  };
  bench.outbox.answers["/offer"] = [&](const schemas::Message& asked) {
    offers.push_back(asked.as<schemas::Offer>());
    return schemas::Message::of(schemas::Held{{offers.back().files.at(0).bytes}});
  };
  auto message = Bench::encoded(bench.meta());
  message.epoch = 2;
  sampler::Sampler(bench.setup()).process(message, bench.outbox);
  REQUIRE(offers.size() == 2);
  CHECK(offers[0].kind == schemas::kReplayFolder);
  CHECK(offers[0].id == "v-3");
  CHECK(offers[0].job == "j-1");
  CHECK(offers[0].epoch == 2);
  CHECK_FALSE(offers[0].whole);
  CHECK(offers[1].whole);
  // To write its own, and to read the two that are here already.
  REQUIRE(rights.size() == 3);
  CHECK(rights[0].right == schemas::kWrite);
  CHECK(rights[0].proof == offers[0].proof);
  for (const auto& asked : rights) CHECK((asked.asks_right && asked.proof.size() == 64));
}
