#include "diffusion/training/model_folder.h"

#include <ATen/core/grad_mode.h>

#include <catch2/catch.hpp>

#include "diffusion/formats/diffusion_error.h"
#include "diffusion/formats/made_from.h"
#include "diffusion/networks/unet.h"
#include "diffusion_fixtures.h"

using diffusion::ModelDefaults;

TEST_CASE("the hash of a model follows its weights and configuration, not its place") {
  const TemporaryFolder folder;
  const auto model = copy_of_tiny_model(folder);
  const auto hash = diffusion::hash_of_model(tiny_model());
  CHECK(hash.size() == 64);
  CHECK(diffusion::hash_of_model(model) == hash);
  const auto weights = model / "unet" / "diffusion_pytorch_model.safetensors";
  auto bytes = read_file(weights);
  bytes.back() ^= 1;
  write_file(weights, bytes);
  CHECK(diffusion::hash_of_model(model) != hash);
}

TEST_CASE("a model without souvenir.json has the defaults") {
  const auto defaults = ModelDefaults::from_model_folder(tiny_model());
  CHECK(defaults.learning_rate == 5e-6);
  CHECK(defaults.max_train_steps == 200);
  CHECK(defaults.num_inference_steps == 50);
  CHECK(defaults.guidance_scale == 7.5);
  CHECK(defaults.num_class_images == 100);
}

TEST_CASE("souvenir.json sets what it names, and a name it cannot have is refused") {
  const TemporaryFolder folder;
  write_file(folder / "souvenir.json", R"({"learning_rate": 1e-4, "max_train_steps": 150})");
  const auto defaults = ModelDefaults::from_model_folder(folder.path());
  CHECK(defaults.learning_rate == 1e-4);
  CHECK(defaults.max_train_steps == 150);
  CHECK(defaults.num_class_images == 100);
  write_file(folder / "souvenir.json", R"({"learning_rat": 1e-4})");
  CHECK_THAT(error_of([&] { ModelDefaults::from_model_folder(folder.path()); }),
             Catch::Contains("learning_rat"));
}

TEST_CASE("a folder that is no whole model is refused with the file that is missing") {
  CHECK_NOTHROW(diffusion::check_model_folder(tiny_model()));
  const auto part =
      GENERATE(as<std::string>{}, "model_index.json", "unet/config.json",
               "vae/diffusion_pytorch_model.safetensors", "text_encoder/model.safetensors",
               "scheduler/scheduler_config.json", "tokenizer/tokenizer_config.json");
  const TemporaryFolder folder;
  const auto model = copy_of_tiny_model(folder);
  std::filesystem::remove(model / part);
  CHECK_THAT(error_of([&] { diffusion::check_model_folder(model); }), Catch::Contains(part));
}

TEST_CASE("a written model is whole, has the new weights, and its other parts are the base's") {
  const TemporaryFolder folder;
  diffusion::UNet unet(tiny_model());
  {
    const at::NoGradGuard no_gradients;
    unet.named_parameters().front().second.add_(1);
  }
  diffusion::write_model_folder(tiny_model(), unet, folder / "version");
  CHECK_NOTHROW(diffusion::check_model_folder(folder / "version"));
  CHECK(read_file(folder / "version" / "vae" / "config.json") ==
        read_file(tiny_model() / "vae" / "config.json"));
  CHECK(std::filesystem::exists(folder / "version" / "tokenizer" / "tokenizer.json"));
  const diffusion::UNet again(folder / "version");
  const auto& written = unet.named_parameters();
  const auto& read = again.named_parameters();
  REQUIRE(written.size() == read.size());
  for (std::size_t i = 0; i < read.size(); ++i) CHECK(read[i].second.equal(written[i].second));
}

TEST_CASE("a model is never written over another, nor outside its folder") {
  const TemporaryFolder folder;
  const diffusion::UNet unet(tiny_model());
  write_file(folder / "something", "");
  CHECK_THAT(error_of([&] { diffusion::write_model_folder(tiny_model(), unet, folder.path()); }),
             Catch::Contains("not empty"));

  const TemporaryFolder base_folder;
  const auto base = copy_of_tiny_model(base_folder);
  std::filesystem::create_directories(base_folder / "outside");
  edit_json(base / "model_index.json", [](nlohmann::json& json) {
    json["../outside"] = {"diffusers", "Thing"};
  });
  diffusion::write_model_folder(base, unet, folder / "version");
  CHECK_FALSE(std::filesystem::exists(folder / "outside"));
}
