#include "sampler/batches.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <map>

#include "tests/plugins/sampler/sampler_fixture.h"

using sampler::Batches;
using sampler::Material;

namespace {

Material material(std::size_t instances, std::size_t priors, float logvar = -30) {
  Material result{.shape = {4, 2, 3}, .instance = {}, .prior = {}, .scaling_factor = 0.5};
  result.instance.emplace_back();
  for (std::size_t p = 0; p < instances; ++p) {
    auto& [mean, logvars] = result.instance[0].learned;
    mean.insert(mean.end(), 24, static_cast<float>(p + 1));
    logvars.insert(logvars.end(), 24, logvar);
  }
  if (priors > 0) result.prior.emplace_back().prompt = 1;
  for (std::size_t p = 0; p < priors; ++p) {
    auto& drawn = result.prior[0].drawn;
    drawn.insert(drawn.end(), 24, -static_cast<float>(p + 1));
  }
  return result;
}

template <typename T>
std::vector<T> tensor(const schemas::Message& message, const char* name, const char* dtype) {
  const auto batch = message.as<schemas::TrainBatch>();
  return tests::values_of<T>(schemas::find_tensor(batch.tensors, message, name, dtype));
}

}  // namespace

TEST_CASE("a batch holds N instance rows and then N prior rows") {
  Batches batches(material(3, 5), 1, 2, 1000);
  const auto message = batches.at(0);
  const auto batch = message.as<schemas::TrainBatch>();
  CHECK(batch.step == 0);
  CHECK(batch.instances == 2);
  const auto latents = schemas::find_tensor(batch.tensors, message, "latents", "f32");
  CHECK(latents.shape == std::vector<std::int64_t>{4, 4, 2, 3});
  CHECK(schemas::find_tensor(batch.tensors, message, "noise", "f32").shape == latents.shape);
  CHECK(tensor<std::int64_t>(message, "prompts", "i64") == std::vector<std::int64_t>{0, 0, 1, 1});
  const auto values = tests::values_of<float>(latents);
  for (std::size_t i = 0; i < 48; ++i) CHECK(values[i] > 0);
  for (std::size_t i = 48; i < 96; ++i) CHECK(values[i] <= -1);
}

TEST_CASE("without category pictures a batch holds the instance rows alone") {
  Batches batches(material(3, 0), 1, 2, 1000);
  const auto message = batches.at(0);
  CHECK(message.as<schemas::TrainBatch>().instances == 2);
  CHECK(tensor<std::int64_t>(message, "prompts", "i64") == std::vector<std::int64_t>{0, 0});
  CHECK(tensor<float>(message, "latents", "f32").size() == 48);
}

TEST_CASE("a batch follows from seed and step alone, whatever was drawn before") {
  Batches forward(material(3, 5, 0), 7, 2, 1000);
  Batches jumping(material(3, 5, 0), 7, 2, 1000);
  std::vector<schemas::Message> all;
  for (int step = 0; step < 8; ++step) all.push_back(forward.at(step));
  for (const int step : {6, 1, 7, 0}) {
    const auto again = jumping.at(step);
    CHECK(again.body == all[step].body);
    REQUIRE(again.blobs.size() == all[step].blobs.size());
    for (std::size_t i = 0; i < again.blobs.size(); ++i) {
      CHECK(again.blobs[i].view() == all[step].blobs[i].view());
    }
  }
  CHECK(all[0].blobs[1].view() != all[1].blobs[1].view());
  Batches other(material(3, 5, 0), 8, 2, 1000);
  CHECK(other.at(0).blobs[1].view() != all[0].blobs[1].view());
}

TEST_CASE("every instance picture and every prior picture is chosen equally often") {
  Batches batches(material(5, 4), 3, 2, 1000);
  std::map<float, int> chosen;
  for (int step = 0; step < 50; ++step) {
    const auto latents = tensor<float>(batches.at(step), "latents", "f32");
    for (std::size_t row = 0; row < 4; ++row) ++chosen[std::round(latents[row * 24] * 2)];
  }
  for (int picture = 1; picture <= 5; ++picture) CHECK(chosen[static_cast<float>(picture)] == 20);
  // Prior latents are scaled already: -1 stays -1, and is -2 here.
  for (int picture = 1; picture <= 4; ++picture)
    CHECK(chosen[static_cast<float>(-2 * picture)] == 25);
}

TEST_CASE("an instance is sampled from its posterior and scaled") {
  Batches batches(material(1, 0, std::log(4.0F)), 3, 16, 1000);
  double sum = 0, squares = 0, count = 0;
  for (int step = 0; step < 100; ++step) {
    for (const double value : tensor<float>(batches.at(step), "latents", "f32")) {
      sum += value;
      squares += value * value;
      ++count;
    }
  }
  // (1 + 2 eps) * 0.5
  CHECK(sum / count == Approx(0.5).margin(0.03));
  CHECK(squares / count - std::pow(sum / count, 2) == Approx(1).margin(0.03));
}

TEST_CASE("a log variance past diffusers' bounds is clamped to them") {
  Batches wild(material(1, 0, 500), 3, 1, 1000);
  for (const float value : tensor<float>(wild.at(0), "latents", "f32")) CHECK(std::isfinite(value));
}

TEST_CASE("timesteps are uniform over the schedule, one a row") {
  Batches batches(material(1, 1), 3, 16, 1000);
  double sum = 0;
  std::int64_t least = 1000, most = 0;
  for (int step = 0; step < 400; ++step) {
    const auto timesteps = tensor<std::int64_t>(batches.at(step), "timesteps", "i64");
    REQUIRE(timesteps.size() == 32);
    for (const auto timestep : timesteps) {
      sum += static_cast<double>(timestep);
      least = std::min(least, timestep);
      most = std::max(most, timestep);
    }
  }
  CHECK(least >= 0);
  CHECK(least < 5);
  CHECK(most <= 999);
  CHECK(most > 994);
  CHECK(sum / (400 * 32) == Approx(499.5).margin(13));
}

TEST_CASE(
    "an earlier thing is drawn from its posterior, with its own prompt, as often as its share") {
  auto mixed = material(1, 2);
  mixed.prior[0].share = 0.75;
  mixed.prior.push_back(
      {.share = 0.25,
       .prompt = 4,
       .drawn = {},
       .learned = {.mean = std::vector<float>(48, 10), .logvar = std::vector<float>(48, -30)}});
  Batches batches(mixed, 3, 2, 1000);
  int learned = 0;
  for (int step = 0; step < 20; ++step) {
    const auto message = batches.at(step);
    const auto prompts = tensor<std::int64_t>(message, "prompts", "i64");
    const auto latents = tensor<float>(message, "latents", "f32");
    for (std::size_t row = 2; row < 4; ++row) {
      const bool replayed = prompts[row] == 4;
      CHECK((replayed || prompts[row] == 1));
      CHECK((std::round(latents[row * 24]) == 5) == replayed);
      learned += replayed ? 1 : 0;
    }
  }
  CHECK(learned == 10);
}

TEST_CASE("an earlier thing gets fresh latents every step") {
  auto replay = material(1, 0);
  replay.prior.push_back(
      {.share = 1,
       .prompt = 4,
       .drawn = {},
       .learned = {.mean = std::vector<float>(24, 0), .logvar = std::vector<float>(24, 0)}});
  Batches batches(replay, 3, 1, 1000);
  CHECK(tensor<float>(batches.at(0), "latents", "f32")[24] !=
        tensor<float>(batches.at(1), "latents", "f32")[24]);
}

TEST_CASE(
    "of several things that are learned at once every one is shown, by its share and prompt") {
  auto several = material(3, 2);
  several.instance[0] = {
      .share = 0.5, .prompt = 4, .drawn = {}, .learned = several.instance[0].learned};
  several.instance.push_back(
      {.share = 0.5,
       .prompt = 5,
       .drawn = {},
       .learned = {.mean = std::vector<float>(48, 10), .logvar = std::vector<float>(48, -30)}});
  Batches batches(several, 3, 2, 1000);
  std::map<std::int64_t, int> shown;
  for (int step = 0; step < 20; ++step) {
    const auto message = batches.at(step);
    const auto prompts = tensor<std::int64_t>(message, "prompts", "i64");
    const auto latents = tensor<float>(message, "latents", "f32");
    for (std::size_t row = 0; row < 2; ++row) {
      ++shown[prompts[row]];
      CHECK((std::round(latents[row * 24]) == 5) == (prompts[row] == 5));
    }
    CHECK((prompts[2] == 1 && prompts[3] == 1));
  }
  CHECK(shown == std::map<std::int64_t, int>{{4, 20}, {5, 20}});
}
