#include "tests/catch_torch.h"

#include "generator/generator.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/randn.h>

#include <cstdlib>
#include <fstream>

#include "compute/tensors.h"
#include "executor/files/temporary_folder.h"
#include "generator/draw_limits.h"
#include "pictures/png_text.h"
#include "pictures/recipe.h"
#include "store/job_capabilities.h"
#include "tests/fakes.h"

namespace fs = std::filesystem;

namespace {

/// A SOUVENIR_HOME of its own for one test.
struct Home {
  fs::path add_version(const std::string& id) const {
    const auto folder = path / "store" / "versions" / id;
    fs::create_directories(folder.parent_path());
    fs::copy(TINY_MODEL, folder, fs::copy_options::recursive);
    return folder;
  }

  files::TemporaryFolder temporary;
  fs::path path = temporary.path();
};

generator::Generator make_generator(const fs::path& home, const std::string& dtype = "fp32") {
  return generator::Generator(
      {.params = {generator::params(), {{"model", std::string(TINY_MODEL)}, {"dtype", dtype}}},
       .name = "generator",
       .home = home,
       .loading = [](const std::string&) {}});
}

schemas::DrawSettings settings(std::vector<std::uint64_t> seeds) {
  schemas::DrawSettings settings;
  settings.version = "pretrained";
  settings.prompt = "a dog";
  settings.seeds = std::move(seeds);
  settings.num_inference_steps = 3;
  settings.guidance_scale = 4;
  return settings;
}

template <typename T>
schemas::Message draw(const schemas::DrawSettings& settings) {
  T draw;
  draw.settings = settings;
  std::vector<schemas::Blob> blobs;
  const auto generator = at::detail::createCPUGenerator(1);
  compute::add_tensor(draw.tensors, blobs, "context", at::randn({2, 24, 24}, generator));
  return schemas::Message::of(draw, std::move(blobs));
}

at::Tensor latents_of(generator::Generator& generator, const schemas::DrawSettings& settings) {
  tests::RecordingOutbox out;
  generator.process(draw<schemas::DrawLatents>(settings), out);
  REQUIRE(out.sent.size() == 1);
  return compute::read_f32(out.sent[0].as<schemas::Latents>().tensors, out.sent[0], "latents", 4)
      .clone();
}

executor::Error fault_of(generator::Generator& generator, const schemas::DrawSettings& settings,
                         const std::vector<schemas::Capability>& may = {}) {
  tests::RecordingOutbox out;
  try {
    auto message = draw<schemas::Draw>(settings);
    auto body = message.as<schemas::Draw>();
    body.capabilities = may;
    message.body = schemas::pack(body);
    message.root = "j-1";
    generator.process(message, out);
  } catch (const executor::Error& e) {
    CHECK(out.sent.empty());
    return e;
  }
  FAIL("nothing was refused");
  throw std::logic_error("unreachable");
}

/// Cancels the job after some steps.
struct CancelAfter : tests::RecordingOutbox {
  explicit CancelAfter(std::size_t steps) : steps(steps) {}
  bool cancelled() override { return shown.size() >= steps; }
  std::size_t steps;
};

}  // namespace

TEST_CASE("a seed gives one picture, alone or among others") {
  const Home home;
  auto generator = make_generator(home.path);
  const auto many = latents_of(generator, settings({5, 6, 7, 8, 9, 10}));
  CHECK(many.sizes() == at::IntArrayRef({6, 4, 8, 8}));
  for (const std::uint64_t i : {0u, 2u, 5u}) {
    const auto alone = latents_of(generator, settings({5 + i}));
    const auto difference =
        (alone[0] - many[static_cast<std::int64_t>(i)]).abs().max().item<double>();
    CHECK(difference < 1e-4);
  }
  CHECK((many[0] - many[1]).abs().max().item<double>() > 0.1);
  CHECK(
      at::equal(latents_of(generator, settings({5, 6})), latents_of(generator, settings({5, 6}))));
}

TEST_CASE("pictures are drawn in bfloat16 when the flow says so, and in nothing unknown") {
  const Home home;
  auto exact = make_generator(home.path);
  auto half = make_generator(home.path, "bf16");
  const auto expected = latents_of(exact, settings({5}));
  const auto latents = latents_of(half, settings({5}));
  CHECK_FALSE(at::equal(latents, expected));
  CHECK(latents.allclose(expected, 0.1, 0.1));
  CHECK_THROWS_WITH(make_generator(home.path, "fp8"), Catch::Contains("fp8"));
}

TEST_CASE("pictures are PNG with their recipe inside, and the sheet comes last") {
  const Home home;
  auto generator = make_generator(home.path);
  tests::RecordingOutbox out;
  auto s = settings({7, 8, 9});
  s.grid = true;
  generator.process(draw<schemas::Draw>(s), out);
  REQUIRE(out.sent.size() == 1);
  CHECK(out.sent[0].as<schemas::Pictures>().grid);
  REQUIRE(out.sent[0].blobs.size() == 4);
  s.scheduler = "ddim";  // the model's own, which was taken
  for (std::size_t i = 0; i < 3; ++i) {
    const auto text = pictures::png_text(out.sent[0].blobs[i].view(), pictures::kRecipeKeyword);
    REQUIRE(text);
    CHECK(*text == pictures::recipe(s, i, 16, 16));
  }
  REQUIRE_FALSE(out.shown.empty());
  CHECK(out.shown.back().progress.step == out.shown.back().progress.total);
}

TEST_CASE("latents drawn first and made pictures later are the pictures drawn at once") {
  const Home home;
  auto generator = make_generator(home.path);
  tests::RecordingOutbox at_once, first, later;
  generator.process(draw<schemas::Draw>(settings({7, 8})), at_once);
  generator.process(draw<schemas::DrawLatents>(settings({7, 8})), first);
  generator.process(first.sent.at(0), later);
  REQUIRE(later.sent.at(0).blobs.size() == 2);
  CHECK(later.sent[0].blobs[1].view() == at_once.sent.at(0).blobs[1].view());
}

TEST_CASE("a job that is cancelled while it draws ends within a step") {
  const Home home;
  auto generator = make_generator(home.path);
  CancelAfter out(2);
  auto s = settings({1, 2});
  s.num_inference_steps = 500;
  CHECK_THROWS_AS(generator.process(draw<schemas::Draw>(s), out), executor::Cancelled);
  CHECK(out.shown.size() == 2);
  CHECK(out.sent.empty());
}

TEST_CASE("sizes are the model's own, or multiples that fit it") {
  const Home home;
  auto generator = make_generator(home.path);
  auto s = settings({1});
  s.width = 24;
  s.height = 32;
  CHECK(latents_of(generator, s).sizes() == at::IntArrayRef({1, 4, 16, 12}));
  s.width = 30;
  const auto error = fault_of(generator, s);
  CHECK(error.code() == "bad_input");
  CHECK_THAT(error.what(), Catch::Contains("width 30"));
  CHECK_THAT(error.hint(), Catch::Contains("multiple of 4"));
  s.width = -4;
  CHECK(fault_of(generator, s).code() == "bad_input");
  s.width = generator::kMaxSidePx + 4;
  CHECK(fault_of(generator, s).code() == "bad_input");
}

TEST_CASE("a request chooses the scheduler, and is told which one was taken") {
  const Home home;
  auto generator = make_generator(home.path);
  auto s = settings({1});
  const auto own = latents_of(generator, s);
  s.scheduler = "ddim";
  CHECK(latents_of(generator, s).equal(own));
  s.scheduler = "euler";
  CHECK_FALSE(latents_of(generator, s).allclose(own));
  s.scheduler = "heun";
  CHECK_THAT(fault_of(generator, s).what(), Catch::Contains("\"heun\""));
  s.scheduler = "pndm";  // with Runge-Kutta steps, which this model's configuration leaves on
  CHECK_THAT(fault_of(generator, s).what(), Catch::Contains("at least 4"));
  for (const std::string name : {"", "dpmsolver++-karras"}) {
    s.scheduler = name;
    tests::RecordingOutbox out;
    generator.process(draw<schemas::Draw>(s), out);
    const auto pictures = out.sent.at(0).as<schemas::Pictures>();
    CHECK(pictures.settings.scheduler == (name.empty() ? "ddim" : name));
  }
}

TEST_CASE("pictures, steps and guidance are refused one past their limits") {
  const Home home;
  auto generator = make_generator(home.path);
  CHECK_THAT(fault_of(generator, settings({})).what(), Catch::Contains("1 to 63"));
  CHECK_THAT(
      fault_of(generator, settings(std::vector<std::uint64_t>(generator::kMaxPictures + 1))).what(),
      Catch::Contains("not 64"));
  auto s = settings({1});
  s.num_inference_steps = generator::kMaxSteps + 1;
  CHECK_THAT(fault_of(generator, s).what(), Catch::Contains("num_inference_steps"));
  s.num_inference_steps = 0;
  CHECK_THAT(fault_of(generator, s).what(), Catch::Contains("num_inference_steps"));
  s = settings({1});
  s.guidance_scale = 100.5;
  CHECK_THAT(fault_of(generator, s).what(), Catch::Contains("guidance_scale"));
  s.guidance_scale = 100;
  s.num_inference_steps = 1;
  CHECK_NOTHROW(latents_of(generator, s));
}

TEST_CASE("a request may have the most pixels in all, and not a picture more") {
  const Home home;
  auto generator = make_generator(home.path);
  CHECK(4 * 2048 * 2048 == generator::kMaxTotalPixels);
  auto s = settings({1, 2, 3, 4, 5});
  s.width = s.height = 2048;
  CHECK_THAT(fault_of(generator, s).what(), Catch::Contains("5 pictures of 2048x2048"));
  // 63 small ones are allowed: the walk begins, and is stopped at once.
  s = settings(std::vector<std::uint64_t>(generator::kMaxPictures));
  CancelAfter out(0);
  CHECK_THROWS_AS(generator.process(draw<schemas::Draw>(s), out), executor::Cancelled);
}

TEST_CASE("a version that is not there, and an id that is none, are refused") {
  const Home home;
  auto generator = make_generator(home.path);
  auto s = settings({1});
  s.version = "unknown-1";
  CHECK(fault_of(generator, s).code() == "not_found");
  for (const auto& id : std::vector<std::string>{"", "..", "a/b", "Dog", std::string(65, 'a')}) {
    s.version = id;
    CHECK(fault_of(generator, s).code() == "bad_input");
  }
  s.version = std::string(64, 'a');
  CHECK(fault_of(generator, s).code() == "not_found");
}

TEST_CASE("a damaged version is refused with the tensor's name, and the generator lives on") {
  const Home home;
  auto generator = make_generator(home.path);
  const auto folder = home.add_version("dog-1");
  const auto weights = folder / "unet" / "diffusion_pytorch_model.safetensors";
  fs::resize_file(weights, fs::file_size(weights) / 2);
  auto s = settings({1});
  s.version = "dog-1";
  CHECK(fault_of(generator, s).code() == "forbidden");  // it is there, but nobody said it may
  schemas::Message in;
  in.root = "j-1";
  const auto error =
      fault_of(generator, s, store::capabilities_for(s, in, store::CapabilityKey(home.path)));
  CHECK(error.code() == "bad_config");
  CHECK_THAT(error.what(), Catch::Contains("diffusion_pytorch_model.safetensors"));
  CHECK_NOTHROW(latents_of(generator, settings({1})));
}

TEST_CASE("versions stay warm while they fit, and a version is loaded again after it had to go") {
  const Home home;
  home.add_version("dog-1");
  home.add_version("dog-2");
  generator::WarmUNets roomy(home.path, TINY_MODEL, 2, at::kFloat, 1 << 30);
  generator::WarmUNets narrow(home.path, TINY_MODEL, 2, at::kFloat, 1);
  int loads = 0;
  const auto loading = [&loads] { ++loads; };
  for (const char* version : {"dog-1", "dog-2", "pretrained", "dog-1"}) roomy.get(version, loading);
  CHECK(loads == 3);
  CHECK(roomy.count() == 3);
  loads = 0;
  for (const char* version : {"dog-1", "dog-1", "dog-2", "dog-1"}) narrow.get(version, loading);
  CHECK(loads == 3);
  CHECK(narrow.count() == 1);
}

TEST_CASE("a version that was removed draws no more, warm as it may be") {
  const Home home;
  home.add_version("dog-1");
  home.add_version("dog-2");
  generator::WarmUNets warm(home.path, TINY_MODEL, 2, at::kFloat, 1 << 30);
  for (const char* version : {"dog-1", "dog-2"}) warm.get(version, [] {});
  fs::remove_all(home.path / "store" / "versions" / "dog-1");
  warm.get("dog-2", [] {});
  CHECK(warm.count() == 1);
  CHECK_THROWS_WITH(warm.get("dog-1", [] {}), Catch::Contains("dog-1"));
}
