#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "diffusion/training/lr_schedule.h"
#include "registry/request_checks.h"
#include "schemas/request_limits.h"
#include "tests/plugins/registry/registry_fixture.h"

using tests::code_of;
using tests::Office;
using tests::text_of;

namespace {

// Whether a request with `change` made to it is planned; else checks the error and what follows it.
bool planned(const std::function<void(schemas::Finetune&)>& change, std::size_t pictures = 5) {
  static Office office;
  static int job = 0;
  const auto plan = [&](const schemas::Finetune& request, std::size_t count) {
    const auto name = "job " + std::to_string(++job);
    office.plan(request, name, "ann", count);
    office.registry().ended(name, executor::Outcome::failed);
  };
  auto request = Office::request();
  change(request);
  std::string code;
  try {
    plan(request, pictures);
    return true;
  } catch (const executor::Error& error) {
    code = error.code();
    CHECK_FALSE(std::string(error.what()).empty());
    CHECK_FALSE(error.hint().empty());
  }
  CHECK(code == "bad_input");
  CHECK_NOTHROW(plan(Office::request(), 5));
  return false;
}

}  // namespace

TEST_CASE("what a request leaves open comes from the model's souvenir.json") {
  Office office;
  const auto settings = office.plan(Office::request(), "job");
  CHECK(settings.learning_rate == 1e-4);
  CHECK(settings.max_train_steps == 150);
  CHECK(settings.num_inference_steps == 25);
  CHECK(settings.guidance_scale == 4);
  CHECK(settings.num_class_images == 100);
  CHECK_FALSE(settings.train_batch_size);  // the sampler's
  CHECK(settings.base == "pretrained");
  CHECK(settings.target_model == "private");
  CHECK(settings.category_prompt == "a dog");
  CHECK(settings.instance_prompt == "a " + settings.identifier + " dog");
  CHECK(settings.version.size() == 18);
  CHECK(settings.version.substr(0, 2) == "v-");
  CHECK(office.outbox.sent.front().blobs.size() == 5);
}

TEST_CASE("a base model may advise other ways of training a metamodel") {
  Office office;
  office.write_model_file("souvenir.json", R"({"learning_rate": 1e-4, "max_train_steps": 150,
      "metamodel": {"max_train_steps": 90, "train_batch_size": 4}})");
  office.reopen();
  auto request = Office::request();
  CHECK(office.plan(request, "one").max_train_steps == 150);
  for (const char* target : {"meta", "private_meta"}) {
    request.target_model = target;
    const auto settings = office.plan(request, target);
    CHECK(settings.max_train_steps == 90);
    CHECK(settings.train_batch_size == 4);
    CHECK(settings.learning_rate == 1e-4);
  }
}

TEST_CASE("a model without souvenir.json has the prototype's defaults") {
  Office office;
  std::filesystem::remove(office.model() / "souvenir.json");
  office.reopen();
  auto request = Office::request();
  const auto settings = office.plan(request, "job");
  CHECK(settings.learning_rate == 5e-6);
  CHECK(settings.max_train_steps == 200);
  CHECK(settings.num_inference_steps == 50);
  CHECK(settings.guidance_scale == 7.5);
  request.max_train_steps = 30;
  CHECK(office.plan(request, "few steps").num_class_images == 30);
}

TEST_CASE("a souvenir.json that cannot be meant is refused at the start, by name") {
  Office office;
  const std::string text = GENERATE(
      as<std::string>{}, "{", "[]", R"({"learning_rate": "fast"})", R"({"max_train_steps": 0})",
      R"({"guidance_scale": 31})", R"({"num_inference_steps": 2.5})",
      R"({"lr_scheduler": "cosin"})", R"({"lr_scheduler": 1})", R"({"num_class_images": 0})",
      R"({"train_text_encoder": 1})", R"({"train_batch_size": 17})", R"({"metamodel": 90})",
      R"({"metamodel": {"max_train_steps": 0}})");
  office.write_model_file("souvenir.json", text);
  CHECK(text_of([&] { office.reopen(); }).find("souvenir.json") != std::string::npos);
}

TEST_CASE("a registry without its model is refused at the start") {
  Office office;
  CHECK(code_of([&] { registry::Registry{office.setup("")}; }) == "bad_config");
  CHECK(code_of([&] { registry::Registry{office.setup("/nowhere")}; }) == "bad_config");
}

TEST_CASE("a seed that is not given is drawn and kept; one that is given stays") {
  Office office;
  auto request = Office::request();
  const auto first = office.plan(request, "one").seed;
  CHECK(office.plan(request, "two").seed != first);
  for (const std::uint64_t seed : {std::uint64_t{0}, std::numeric_limits<std::uint64_t>::max()}) {
    request.seed = seed;
    CHECK(office.plan(request, "job " + std::to_string(seed)).seed == seed);
  }
}

TEST_CASE("1 to 30 pictures are taken, with a warning outside 4 to 8") {
  CHECK_FALSE(planned([](auto&) {}, 0));
  CHECK_FALSE(planned([](auto&) {}, schemas::kMaxPictures + 1));
  CHECK_FALSE(planned([](auto&) {}, 500));
  const auto warned = [](std::size_t pictures) {
    Office office;
    office.plan(Office::request(), "job", "ann", pictures);
    for (const auto& shown : office.outbox.shown) {
      if (shown.progress.text.find("work best") != std::string::npos) return true;
    }
    return false;
  };
  CHECK(warned(schemas::kMinPictures));
  CHECK(warned(3));
  CHECK_FALSE(warned(4));
  CHECK_FALSE(warned(8));
  CHECK(warned(9));
  CHECK(warned(schemas::kMaxPictures));
}

TEST_CASE("a category is a short noun, whatever it could do as a path") {
  const auto taken = [](const std::string& category) {
    return planned([&](auto& request) { request.category = category; });
  };
  CHECK(taken("dog"));
  CHECK(taken("teddy bear_2-x"));
  CHECK(taken(std::string(schemas::kMaxCategoryBytes, 'x')));
  CHECK_FALSE(taken(std::string(schemas::kMaxCategoryBytes + 1, 'x')));
  CHECK_FALSE(taken(std::string(10'000, 'x')));
  for (const char* category : {"", " ", "../x", "/etc", "a,b", "dog\n", "a\tb", "dog ", "-dog",
                               "d\xc3\xb6g", "a\x01", "{identifier}"}) {
    CHECK_FALSE(taken(category));
  }
  CHECK_FALSE(taken(std::string("a\0b", 3)));
}

TEST_CASE("a category in capitals is the same one") {
  Office office;
  auto request = Office::request();
  request.category = "Teddy Bear";
  CHECK(office.plan(request, "job").instance_prompt.ends_with(" teddy bear"));
}

TEST_CASE("a category that the base model has not seen is taken with a warning") {
  Office office;
  auto request = Office::request();
  request.category = "dig";
  office.plan(request, "job");
  CHECK(office.outbox.shown.back().progress.text.find("did you mean 'dog'?") != std::string::npos);
  office.outbox.shown.clear();
  request.category = "service dog";
  office.plan(request, "another job");
  CHECK(office.outbox.shown.size() == 1);
}

TEST_CASE("an option that is not what its row allows is refused with name, value and range") {
  CHECK(planned([](auto& request) { request.max_train_steps = schemas::kMaxTrainSteps; }));
  CHECK_FALSE(
      planned([](auto& request) { request.max_train_steps = schemas::kMaxTrainSteps + 1; }));
  CHECK_FALSE(planned([](auto& request) { request.lr_scheduler = "polynomial"; }));
  CHECK_FALSE(planned([](auto& request) { request.learning_rate = std::nan(""); }));
  Office office;
  auto request = Office::request();
  request.prior_loss_weight = 11;
  try {
    office.plan(request, "job");
    FAIL("taken");
  } catch (const executor::Error& error) {
    CHECK(std::string(error.what()) == "prior_loss_weight is 11");
    CHECK(error.hint() == "give prior_loss_weight from 0 to 10");
  }
}

TEST_CASE("the schedules of the learning rate that can be asked for are those that there are") {
  const auto& there = diffusion::lr_scheduler_names();
  CHECK(std::equal(there.begin(), there.end(), schemas::kLrSchedulers.begin(),
                   schemas::kLrSchedulers.end()));
}

TEST_CASE("training options reach the trainer as they were asked for") {
  Office office;
  auto request = Office::request();
  const auto plain = office.plan(request, "plain");
  CHECK(schemas::open_option(plain) == "train_batch_size");
  CHECK(plain.lr_scheduler == "cosine");  // the model's advice
  request.gradient_accumulation_steps = 4;
  request.mixed_precision = "bf16";
  request.lr_scheduler = "linear";
  request.snr_gamma = 5;
  const auto asked = office.plan(request, "asked");
  CHECK(asked.gradient_accumulation_steps == 4);
  CHECK(asked.mixed_precision == "bf16");
  CHECK(asked.lr_scheduler == "linear");
  CHECK(asked.snr_gamma == 5);
}

TEST_CASE("numbers that are not finite are refused") {
  for (const double value :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    CHECK(code_of([&] { registry::require_range("x", value, 0.0, 1.0); }) == "bad_input");
  }
}

TEST_CASE("category pictures and prior loss go together") {
  CHECK_FALSE(planned([](auto& request) { request.num_class_images = 0; }));
  Office office;
  auto request = Office::request();
  request.prior_loss_weight = 0;
  CHECK(office.plan(request, "one").num_class_images == 0);
  request.num_class_images = 0;
  CHECK(office.plan(request, "two").num_class_images == 0);
}

TEST_CASE("a validation prompt may name what it cannot know, and is not too long with it") {
  Office office;
  auto request = Office::request();
  request.validation_prompt = "a {identifier} {category} on the beach";
  const auto settings = office.plan(request, "job");
  CHECK(settings.validation_prompt == settings.instance_prompt + " on the beach");
  request.category = std::string(schemas::kMaxCategoryBytes, 'x');
  request.validation_prompt = "{category}";
  while (request.validation_prompt.size() + 10 <= schemas::kMaxPromptBytes) {
    request.validation_prompt += "{category}";
  }
  CHECK(code_of([&] { office.plan(request, "too long"); }) == "bad_input");
}

TEST_CASE("targets that cannot be trained are refused by name") {
  for (const char* target : {"pretrained", "privat", "", "\xff"}) {
    CHECK_FALSE(planned([&](auto& request) { request.target_model = target; }));
  }
  Office office;
  auto request = Office::request();
  request.target_model = "privat";
  CHECK(text_of([&] { office.plan(request, "job"); }).find("did you mean 'private'?") !=
        std::string::npos);
}

TEST_CASE("a strategy is one that the sampler has, or left to the flow") {
  for (const char* strategy : {"", "general", "big", "adaptive", "interpolation", "distillation",
                               "prototype", "dreambooth", "plain"}) {
    Office office;
    auto request = Office::request();
    request.strategy = strategy;
    CHECK(office.plan(request, "job").strategy == strategy);
  }
  CHECK_FALSE(planned([](auto& request) { request.strategy = "bigg"; }));
}

TEST_CASE("a body that is no request is refused as bad input, and the executor lives on") {
  Office office;
  auto message = office.message(Office::request(), "job");
  message.body = "\xc1 garbage";
  CHECK(code_of([&] { office.registry().process(message, office.outbox); }) == "bad_input");
  message.type = "picture.v1";
  CHECK(code_of([&] { office.registry().process(message, office.outbox); }) == "protocol");
  CHECK_NOTHROW(office.plan(Office::request(), "job"));
}
