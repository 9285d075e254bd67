#include "diffusion/formats/model_check.h"

#include <catch2/catch.hpp>

#include "copied_model.h"
#include "diffusion/formats/listed_parts.h"
#include "diffusion/formats/tokenizer.h"
#include "executor/files/file_error.h"
#include "executor/files/json_file.h"
#include "executor/files/read_file.h"
#include "executor/files/temporary_folder.h"

namespace tests {
namespace {

namespace fs = std::filesystem;
using diffusion::check_model;
using Notes = std::vector<std::string>;

constexpr const char* kUNet = "unet/diffusion_pytorch_model.safetensors";
constexpr const char* kText = "text_encoder/model.safetensors";

std::string said_of(const fs::path& model) {
  return thrown_by([&] { check_model(model); });
}

}  // namespace

TEST_CASE("a whole model has no notes") {
  const files::TemporaryFolder folder;
  CHECK(check_model(copied_model(folder.path())).empty());
  CHECK(check_model(GOLDEN_CASE "-old/model").empty());
  CHECK(check_model(GOLDEN_CASE "/../../../examples/base-model").empty());
}

TEST_CASE("left-over tensors are one note for each part, missing ones an error") {
  const files::TemporaryFolder folder;
  const auto model = copied_model(folder.path());
  change_tensors(model / kText, {}, {"text_projection.weight", "logit_scale"});
  change_tensors(model / kUNet, {}, {"add_embedding.linear.weight"});
  const auto notes = check_model(model);
  REQUIRE(notes.size() == 2);
  CHECK_THAT(notes[0], Catch::Contains("add_embedding.linear.weight"));
  CHECK_THAT(notes[1], Catch::Contains("2 tensors are left over") &&
                           Catch::Contains("text_projection.weight"));
  change_tensors(model / kUNet, {"conv_in.weight"}, {});
  CHECK_THAT(said_of(model), Catch::Contains("missing (1)") && Catch::Contains("conv_in.weight"));
}

TEST_CASE("a tensor of another shape or kind is an error with both shapes") {
  const files::TemporaryFolder folder;
  const auto model = copied_model(folder.path());
  change_tensors(model / kUNet, {"conv_in.weight"}, {"conv_in.weight"});
  CHECK_THAT(said_of(model), Catch::Contains("wrong shape (1)") &&
                                 Catch::Contains("conv_in.weight: found [1] F32"));
}

TEST_CASE("settings that no network knows are one note, those that change it an error") {
  const files::TemporaryFolder folder;
  const auto model = copied_model(folder.path());
  change_json(model / "unet/config.json", [](auto& json) { json["decay"] = 0.9999; });
  change_json(model / "vae/config.json", [](auto& json) { json["_note"] = json["x"] = 1; });
  const auto notes = check_model(model);
  REQUIRE(notes.size() == 2);
  CHECK_THAT(notes[0], Catch::Contains("decay"));
  CHECK_THAT(notes[1], Catch::EndsWith(": x"));
  change_json(model / "unet/config.json",
              [](auto& json) { json["class_embed_type"] = "timestep"; });
  CHECK_THAT(said_of(model), Catch::Contains("class_embed_type"));
}

TEST_CASE("parts that do not fit each other are one error with both numbers") {
  const auto [file, key, value, words] = GENERATE(table<std::string, std::string, nlohmann::json,
                                                        Notes>(
      {{"unet/config.json", "in_channels", 9, {"is 9", "is 4", "inpainting"}},
       {"unet/config.json", "in_channels", 8, {"is 8", "editing"}},
       {"unet/config.json", "out_channels", 8, {"out_channels is 8"}},
       {"unet/config.json", "cross_attention_dim", 1024, {"is 1024", "hidden_size"}},
       {"vae/config.json", "latent_channels", 16, {"in_channels is 4", "latent_channels is 16"}},
       {"vae/config.json", "in_channels", 4, {"4 channels"}},
       {"vae/config.json", "out_channels", 1, {"1 channels"}},
       {"text_encoder/config.json", "hidden_size", 48, {"cross_attention_dim", "is 48"}},
       {"text_encoder/config.json", "vocab_size", 9, {"words", "vocab_size is 9"}},
       {"text_encoder/config.json", "max_position_embeddings", 4, {"model_max_length", "is 4"}},
       {"tokenizer/tokenizer_config.json", "model_max_length", 100, {"is 100"}}}));
  const files::TemporaryFolder folder;
  const auto model = copied_model(folder.path());
  change_json(model / file, [&, &key = key, &value = value](auto& json) { json[key] = value; });
  CAPTURE(file, key);
  for (const auto& word : words) CHECK_THAT(said_of(model), Catch::Contains(word));
}

TEST_CASE("a byte order mark before the tokenizer's files is no part of them") {
  const files::TemporaryFolder folder;
  fs::copy(GOLDEN_CASE "-old/model/tokenizer", folder / "tokenizer", fs::copy_options::recursive);
  const auto tokens = [&] { return diffusion::Tokenizer(folder / "tokenizer").tokens("the dog"); };
  const auto before = tokens();
  const auto merges = files::read_file(folder / "tokenizer/merges.txt");
  for (const auto& text : {merges, merges.substr(merges.find('\n') + 1)}) {
    put_file(folder / "tokenizer/merges.txt", "\xef\xbb\xbf" + text);
    CHECK(tokens() == before);
  }
  const auto words = files::read_file(folder / "tokenizer/vocab.json");
  put_file(folder / "tokenizer/vocab.json", "\xef\xbb\xbf" + words);
  CHECK(tokens() == before);
}

TEST_CASE("a listed part that is not there is told, and null in what is published") {
  const files::TemporaryFolder folder;
  const auto model = copied_model(folder.path());
  change_json(model / "model_index.json", [](auto& json) {
    json["safety_checker"] = {"stable_diffusion", "StableDiffusionSafetyChecker"};
    json["feature_extractor"] = {"transformers", "CLIPImageProcessor"};
  });
  put_file(model / "feature_extractor/preprocessor_config.json", "{}");
  const auto notes = check_model(model);
  REQUIRE(notes.size() == 1);
  CHECK_THAT(notes[0], Catch::Contains("lists safety_checker, which is not there"));
  const auto published = folder / "model_index.json";
  const auto index = [&] {
    diffusion::copy_index(model, published, {});
    return files::read_json_file(published);
  };
  CHECK(index().at("safety_checker") == nlohmann::json{nullptr, nullptr});
  CHECK(index().at("feature_extractor").at(0) == "transformers");
  // With its configuration alone diffusers cannot open it either.
  put_file(model / "safety_checker/config.json", "{}");
  CHECK(index().at("safety_checker") == nlohmann::json{nullptr, nullptr});
  put_file(model / "safety_checker/pytorch_model.bin", "weights");
  CHECK(index().at("safety_checker").at(0) == "stable_diffusion");
}

TEST_CASE("a scheduler that pictures are not drawn with is a note that names the option") {
  const auto [settings, words] = GENERATE(table<nlohmann::json, Notes>(
      {{{{"_class_name", "DPMSolverMultistepScheduler"}, {"algorithm_type", "dpmsolver"}},
        {"algorithm_type", "\"dpmsolver\"", "--scheduler"}},
       {{{"_class_name", "DPMSolverMultistepScheduler"}, {"algorithm_type", "sde-dpmsolver++"}},
        {"sde-dpmsolver++"}},
       {{{"_class_name", "DPMSolverMultistepScheduler"}, {"solver_order", 3}}, {"solver_order"}},
       {{{"_class_name", "DDIMScheduler"}, {"thresholding", true}}, {"thresholding"}},
       {{{"_class_name", "LMSDiscreteScheduler"}}, {"LMSDiscreteScheduler", "DDIM"}}}));
  const files::TemporaryFolder folder;
  const auto model = copied_model(folder.path());
  change_json(model / "scheduler/scheduler_config.json",
              [&, &settings = settings](auto& json) { json.update(settings); });
  const auto notes = check_model(model);
  REQUIRE(notes.size() == 1);
  for (const auto& word : words) CHECK_THAT(notes[0], Catch::Contains(word));
}

TEST_CASE("a folder of another kind of model is said by its name") {
  const files::TemporaryFolder folder;
  const auto said = [&](const char* file, const std::string& text) {
    fs::remove_all(folder / "other");
    put_file(folder / "other" / file, text);
    return said_of(folder / "other");
  };
  CHECK_THAT(said("model_index.json", R"({"_class_name": "StableDiffusionXLPipeline"})"),
             Catch::Contains("Stable Diffusion XL"));
  CHECK_THAT(
      said("model_index.json", R"({"_class_name": "FluxPipeline", "transformer": ["a", "b"]})"),
      Catch::Contains("FluxPipeline"));
  CHECK_THAT(said("pytorch_lora_weights.safetensors", ""), Catch::Contains("LoRA"));
  CHECK_THAT(said("config.json", R"({"_class_name": "ControlNetModel"})"),
             Catch::Contains("ControlNetModel"));
  CHECK_THAT(said("x", ""), Catch::Contains("model_index.json: is missing"));
}

TEST_CASE("each kind of fault has its own remedy, apart from what is wrong") {
  const files::TemporaryFolder folder;
  const auto remedy = [](const fs::path& model) {
    try {
      check_model(model);
    } catch (const files::Error& error) {
      CHECK(error.cause().find(model.string()) != std::string::npos);
      return error.remedy();
    }
    return std::string("nothing is wrong");
  };
  CHECK_THAT(remedy(folder / "nowhere"), Catch::Contains("correct the path"));
  put_tensors(folder / "lora.safetensors", {"lora_unet_x.lora_down.weight"});
  CHECK_THAT(remedy(folder / "lora.safetensors"),
             Catch::Contains("name the model that it was made for"));
  put_file(folder / "lora/pytorch_lora_weights.safetensors", "");
  CHECK_THAT(remedy(folder / "lora"), Catch::Contains("name the model that it was made for"));
  put_file(folder / "m.ckpt", "");
  CHECK_THAT(remedy(folder / "m.ckpt"), Catch::Contains("from_single_file('m.ckpt')"));

  const auto model = copied_model(folder.path());
  const auto whole = files::read_file(model / kUNet);
  put_file(model / kUNet, whole.substr(0, whole.size() - 3));
  CHECK_THAT(remedy(model), Catch::Contains("download it again"));
  fs::remove(model / kUNet);
  CHECK_THAT(remedy(model), Catch::Contains("downloaded"));
  put_file(model / "unet/diffusion_pytorch_model.bin", "PK");
  CHECK_THAT(remedy(model), Catch::Contains("from_pretrained('" + model.string() + "')") &&
                                !Catch::Contains("from_single_file"));
  put_file(model / "unet/config.json", "{\"in_channels\"");
  CHECK_THAT(remedy(model), Catch::Contains("fetch it again"));
  CHECK_THAT(said_of(model), Catch::Contains("unet/config.json: not JSON: line 1, column 15: the "
                                             "text ends, but ':' was expected"));
}

TEST_CASE("a tokenizer of the wrong kinds is refused in plain words") {
  const files::TemporaryFolder folder;
  const auto model = copied_model(folder.path());
  change_json(model / "tokenizer/tokenizer_config.json", [](auto& json) {
    json["bos_token"] = {{"content", 1}};
  });
  CHECK_THAT(said_of(model), Catch::Contains("a value must be a text, but is a number") &&
                                 !Catch::Contains("json.exception"));
}

}  // namespace tests
