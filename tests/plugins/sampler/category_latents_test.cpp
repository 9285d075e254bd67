#include "sampler/category_latents.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <limits>
#include <set>

#include "tests/plugins/sampler/sampler_fixture.h"

using sampler::CategoryLatents;
using sampler::LatentCache;
using tests::Bench;

namespace {

const store::LatentShape kShape = {tests::kChannels, tests::kHeight, tests::kWidth};

CategoryLatents latents_of(const Bench& bench, const std::string& model = "model\n",
                           std::int64_t batch = 8) {
  return {LatentCache(bench.home.path() / "cache"), model, batch};
}

std::filesystem::path file_of(const Bench& bench, const CategoryLatents& latents, int index) {
  return bench.home.path() / "cache" / (latents.key(Bench::settings(), index) + ".f32");
}

}  // namespace

TEST_CASE("missing category pictures are asked for in groups, from the pretrained model") {
  Bench bench;
  const auto all = latents_of(bench).collect(Bench::settings(), kShape, bench.outbox);
  CHECK(all.size() == 12 * tests::kValues);
  REQUIRE(bench.outbox.asked.size() == 2);
  const auto first = bench.outbox.asked[0].message.as<schemas::Prior>().settings;
  CHECK(first.version == "pretrained");
  CHECK(first.prompt == "a dog");
  CHECK(first.seeds.size() == 8);
  CHECK(first.num_inference_steps == 20);
  CHECK(first.guidance_scale == 7.5);
  CHECK(bench.outbox.asked[1].message.as<schemas::Prior>().settings.seeds.size() == 4);
  CHECK(bench.outbox.shown.front().progress.text == "drawing 12 pictures of a dog");
  CHECK(bench.outbox.shown.front().progress.step == 0);
  CHECK(bench.outbox.shown.back().progress.step == 12);
  CHECK(bench.outbox.shown.back().progress.total == 12);
}

TEST_CASE("pictures that are kept are not drawn again, and are the same") {
  Bench bench;
  const auto drawn = latents_of(bench).collect(Bench::settings(), kShape, bench.outbox);
  bench.outbox.asked.clear();
  CHECK(latents_of(bench).collect(Bench::settings(), kShape, bench.outbox) == drawn);
  CHECK(bench.outbox.asked.empty());
}

TEST_CASE("only what is missing is drawn") {
  Bench bench;
  auto settings = Bench::settings();
  latents_of(bench).collect(settings, kShape, bench.outbox);
  bench.outbox.asked.clear();
  settings.num_class_images = 15;
  settings.seed = 43;  // another job
  const auto all = latents_of(bench).collect(settings, kShape, bench.outbox);
  REQUIRE(bench.outbox.asked.size() == 1);
  const auto seeds = bench.outbox.asked[0].message.as<schemas::Prior>().settings.seeds;
  CHECK(seeds == std::vector<std::uint64_t>{CategoryLatents::seed("a dog", 12),
                                            CategoryLatents::seed("a dog", 13),
                                            CategoryLatents::seed("a dog", 14)});
  CHECK(all[13 * tests::kValues] == static_cast<float>(seeds[1] >> 40) * 0x1p-24F);
}

TEST_CASE("a picture of which a byte has changed on the disk is drawn again") {
  Bench bench;
  const auto latents = latents_of(bench);
  const auto drawn = latents.collect(Bench::settings(), kShape, bench.outbox);
  bench.outbox.asked.clear();
  std::fstream file(file_of(bench, latents, 3), std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(1).put('\x01');  // of the least bits of the first number
  file.close();
  CHECK(latents.collect(Bench::settings(), kShape, bench.outbox) == drawn);
  CHECK(bench.outbox.asked.size() == 1);
}

TEST_CASE("pictures that the disk does not take are drawn, and drawn again") {
  Bench bench;
  const auto latents = latents_of(bench);
  std::filesystem::remove_all(bench.home.path() / "cache");
  std::ofstream(bench.home.path() / "cache") << "in its place";
  for (int i = 0; i < 2; ++i) {
    bench.outbox.asked.clear();
    CHECK(latents.collect(Bench::settings(), kShape, bench.outbox).size() == 12 * tests::kValues);
    CHECK(bench.outbox.asked.size() == 2);
  }
}

TEST_CASE("a file of another size, or with a number that is not finite, is drawn again") {
  Bench bench;
  const auto latents = latents_of(bench);
  const auto drawn = latents.collect(Bench::settings(), kShape, bench.outbox);
  bench.outbox.asked.clear();
  std::filesystem::resize_file(file_of(bench, latents, 3), 7);
  const float broken = std::numeric_limits<float>::quiet_NaN();
  std::fstream(file_of(bench, latents, 5), std::ios::in | std::ios::out | std::ios::binary)
      .write(reinterpret_cast<const char*>(&broken), sizeof broken);
  CHECK(latents.collect(Bench::settings(), kShape, bench.outbox) == drawn);
  REQUIRE(bench.outbox.asked.size() == 1);
  CHECK(bench.outbox.asked[0].message.as<schemas::Prior>().settings.seeds.size() == 2);
}

TEST_CASE("the key changes with all that a picture depends on, and with nothing else") {
  Bench bench;
  const auto latents = latents_of(bench);
  const auto base = Bench::settings();
  std::set<std::string> keys = {latents.key(base, 0), latents.key(base, 1),
                                latents_of(bench, "another model\n").key(base, 0)};
  auto changed = base;
  changed.category_prompt = "a cat";
  keys.insert(latents.key(changed, 0));
  changed = base;
  changed.num_inference_steps = 21;
  keys.insert(latents.key(changed, 0));
  changed = base;
  changed.guidance_scale = std::nextafter(7.5, 8);
  keys.insert(latents.key(changed, 0));
  CHECK(keys.size() == 6);
  for (const auto& key : keys) CHECK(key.size() == 32);
  changed = base;
  changed.seed = 9;
  changed.identifier = "brc";
  changed.learning_rate = 1;
  CHECK(latents.key(changed, 0) == latents.key(base, 0));
}

TEST_CASE("latents of another shape, or not finite, are refused and not kept") {
  Bench bench;
  const auto latents = latents_of(bench);
  bench.outbox.answers["/prior"] = [](const schemas::Message& asked) {
    return Bench::latents(asked.as<schemas::Prior>().settings,
                          std::vector<float>(7 * tests::kValues, 0), 7);
  };
  CHECK_THROWS_WITH(latents.collect(Bench::settings(), kShape, bench.outbox),
                    Catch::Contains("another shape"));
  bench.outbox.answers["/prior"] = [](const schemas::Message& asked) {
    return Bench::latents(asked.as<schemas::Prior>().settings,
                          std::vector<float>(8 * tests::kValues, NAN), 8);
  };
  CHECK_THROWS_WITH(latents.collect(Bench::settings(), kShape, bench.outbox),
                    Catch::Contains("finite"));
  CHECK(std::filesystem::is_empty(bench.home.path() / "cache"));
}
