#include "diffusion/training/model_folder.h"

#include <ATen/core/grad_mode.h>

#include <catch2/catch.hpp>

#include "diffusion/formats/diffusion_error.h"
#include "diffusion/networks/unet.h"
#include "diffusion_fixtures.h"
#include "executor/files/sha256.h"

using diffusion::ModelDefaults;
using files::Sha256;

namespace {

std::string sha256(const std::string& text, std::size_t piece) {
  Sha256 hash;
  for (std::size_t i = 0; i < text.size(); i += piece) hash.add(text.substr(i, piece));
  return hash.finish();
}

}  // namespace

TEST_CASE("SHA-256 gives the digests of FIPS 180-4, in whatever pieces it is fed") {
  const std::size_t piece = GENERATE(1, 3, 63, 64, 65, 1000);
  CHECK(sha256("", piece) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256("abc", piece) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", piece) ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(sha256(std::string(1'000'000, 'a'), piece == 1 ? 1000 : piece) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

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
