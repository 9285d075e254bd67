#include "diffusion/formats/made_from.h"

#include <catch2/catch.hpp>

#include "copied_model.h"
#include "executor/files/temporary_folder.h"

namespace tests {
namespace {

namespace fs = std::filesystem;
using namespace diffusion;

struct TwoModels {
  TwoModels() {
    fs::create_directories(folder / "a");
    fs::create_directories(folder / "b");
    mine = copied_model(folder / "a");
    other = copied_model(folder / "b");
    change_json(other / "vae/config.json", [](auto& json) { json["scaling_factor"] = 0.2; });
  }
  files::TemporaryFolder folder;
  fs::path mine, other;
};

}  // namespace

TEST_CASE("what a version shares with its base has one hash, whatever the weights are called") {
  const TwoModels models;
  const auto shared = hash_of_shared_parts(models.mine);
  const auto vae = models.mine / "vae";
  fs::rename(vae / "diffusion_pytorch_model.safetensors",
             vae / "diffusion_pytorch_model.fp16.safetensors");
  CHECK(hash_of_shared_parts(models.mine) == shared);
  CHECK(hash_of_shared_parts(models.other) != shared);
  put_file(models.mine / "tokenizer/merges.txt", "a b\n");
  CHECK(hash_of_shared_parts(models.mine) != shared);
}

TEST_CASE("a version is drawn with the VAE that it was made with, or refused with both names") {
  const TwoModels models;
  const auto shared = hash_of_shared_parts(models.mine);
  CHECK_NOTHROW(require_same_parts(models.mine, shared, models.mine));
  CHECK_THAT(thrown_by([&] { require_same_parts(models.mine, shared, models.other); }),
             Catch::Contains("made from another model") && Catch::Contains(models.mine.string()));
  note_made_from("/models/older", std::string(64, 'a'), models.other);
  CHECK_THAT(thrown_by([&] { require_same_parts(models.mine, shared, models.other); }),
             Catch::Contains("/models/older (aaaaaaaaaaaa)") &&
                 Catch::Contains(models.mine.string()) && Catch::Contains("SOUVENIR_MODEL"));
}

TEST_CASE("a version of another base is never trained on, also where it could be drawn") {
  const TwoModels models;
  const auto version = copied_model(models.folder.path());
  const auto hash = hash_of_model(models.mine);
  CHECK_FALSE(made_from(version));
  CHECK_NOTHROW(require_same_base(models.mine, hash, version));
  CHECK_FALSE(thrown_by([&] {
                require_same_base(models.other, hash_of_model(models.other), version);
              }).empty());
  note_made_from(models.mine, hash, version);
  CHECK(made_from(version)->hash == hash);
  CHECK_NOTHROW(require_same_base(models.mine, hash, version));
  const std::string another(64, 'b');
  CHECK_THAT(thrown_by([&] { require_same_base(models.mine, another, version); }),
             Catch::Contains(hash.substr(0, 12)) && Catch::Contains("(bbbbbbbbbbbb)"));
}

}  // namespace tests
