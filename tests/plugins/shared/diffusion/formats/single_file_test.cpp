#include "diffusion/formats/single_file.h"

#include <catch2/catch.hpp>
#include <set>

#include "diffusion/formats/clip_vocabulary.h"
#include "diffusion/formats/model_source.h"
#include "diffusion/formats/original_config.h"
#include "diffusion/formats/original_layout.h"
#include "diffusion/formats/safetensors.h"
#include "diffusion/formats/safetensors_view.h"
#include "diffusion/formats/scheduler_config.h"
#include "diffusion/formats/tokenizer.h"
#include "diffusion/networks/text_encoder.h"
#include "diffusion/networks/unet.h"
#include "diffusion/networks/vae.h"
#include "diffusion/training/export_model.h"
#include "diffusion/training/model_folder.h"
#include "diffusion_fixtures.h"
#include "published_model.h"

namespace fs = std::filesystem;
using diffusion::convert_single_file;
using diffusion::export_single_file;
using diffusion::SafetensorsFile;

namespace {

using Tensors = std::map<std::string, at::Tensor>;

Tensors tensors_of(const fs::path& path) {
  const SafetensorsFile file(path);
  Tensors tensors;
  for (const auto& name : file.names()) tensors[name] = file.tensor(name);
  return tensors;
}

void check_same_networks(const fs::path& a, const fs::path& b) {
  const auto same = [](const auto& left, const auto& right) {
    REQUIRE(left.named_parameters().size() == right.named_parameters().size());
    for (std::size_t i = 0; i < left.named_parameters().size(); ++i) {
      CHECK(left.named_parameters()[i].second.equal(right.named_parameters()[i].second));
    }
  };
  same(diffusion::UNet(a), diffusion::UNet(b));
  same(diffusion::Vae(a), diffusion::Vae(b));
  same(diffusion::TextEncoder(a), diffusion::TextEncoder(b));
}

// A single file and what the conversion says of it after a change.
struct Checkpoint {
  explicit Checkpoint(const fs::path& model = tiny_model()) : model(model) {
    export_single_file(model, file);
  }
  std::string error_after(const std::function<void(Tensors&)>& change) {
    export_single_file(model, file);
    edit_tensors(file, change);
    return error_of([&] { convert_single_file(file, folder / "refused", {model, ""}); });
  }
  TemporaryFolder folder;
  fs::path model;
  fs::path file = folder / "model.safetensors";
};

}  // namespace

TEST_CASE("a model goes into a single file and comes out of it, bit for bit") {
  // OpenCLIP's layout (gelu) and CLIP's, linear projections and convolutions, new and old names.
  for (const auto& model : {tiny_model(), old_tiny_model()}) {
    CAPTURE(model);
    Checkpoint checkpoint(model);
    CHECK(convert_single_file(checkpoint.file, checkpoint.folder / "again", {model, ""}).empty());
    CHECK_NOTHROW(diffusion::check_model_folder(checkpoint.folder / "again"));
    check_same_networks(model, checkpoint.folder / "again");
    CHECK(diffusion::Tokenizer(checkpoint.folder / "again" / "tokenizer").encode("a dog") ==
          diffusion::Tokenizer(model / "tokenizer").encode("a dog"));
  }
}

TEST_CASE("the original names of Stable Diffusion 1.5 are those of its published file") {
  const TemporaryFolder folder;
  write_shapes(folder / "sd.safetensors", published_shapes(false));
  const diffusion::SafetensorsView file(folder / "sd.safetensors");
  const auto save = [&](const char* name, const auto& json) {
    write_file(folder / name, json.dump());
    return folder / name;
  };
  const auto unet =
      diffusion::UNetConfig::from_file(save("unet.json", diffusion::infer_unet_config(file, 64)));
  const auto vae =
      diffusion::VaeConfig::from_file(save("vae.json", diffusion::infer_vae_config(file, 512)));
  const auto names_of = [](const auto& layers) {
    std::set<std::string> names;
    for (const auto& layer : layers) names.insert(layer.original);
    return names;
  };
  const auto names = names_of(diffusion::original_unet_layers(unet));
  for (const char* name :
       {"time_embed.2", "input_blocks.3.0.op", "input_blocks.4.0.skip_connection",
        "input_blocks.8.1.transformer_blocks.0.ff.net.0.proj", "input_blocks.11.0.emb_layers.1",
        "middle_block.1.transformer_blocks.0.attn1.to_out.0", "middle_block.2.out_layers.3",
        "output_blocks.2.1.conv", "output_blocks.5.2.conv", "output_blocks.8.2.conv",
        "output_blocks.11.0.skip_connection", "output_blocks.11.1.proj_out", "out.2"}) {
    CAPTURE(name);
    CHECK(names.count(name) == 1);
  }
  CHECK(names.count("input_blocks.10.1.norm") == 0);
  CHECK(names.count("output_blocks.11.2.conv") == 0);
  const auto vae_names = names_of(diffusion::original_vae_layers(vae));
  for (const char* name : {"encoder.down.0.downsample.conv", "encoder.down.3.block.1.norm2",
                           "encoder.mid.attn_1.proj_out", "decoder.up.3.upsample.conv",
                           "decoder.up.0.block.2.nin_shortcut", "decoder.mid.block_2.conv2",
                           "decoder.norm_out", "post_quant_conv"}) {
    CAPTURE(name);
    CHECK(vae_names.count(name) == 1);
  }
}

TEST_CASE("the shapes of a published file say how the model is built") {
  const bool second = GENERATE(false, true);
  const TemporaryFolder folder;
  write_shapes(folder / "sd.safetensors", published_shapes(second));
  const diffusion::SafetensorsView file(folder / "sd.safetensors");
  const auto unet = diffusion::infer_unet_config(file, 64);
  CHECK(unet["block_out_channels"] == std::vector<int>{320, 640, 1280, 1280});
  CHECK(unet["layers_per_block"] == 2);
  CHECK(unet["cross_attention_dim"] == (second ? 1024 : 768));
  CHECK(unet["use_linear_projection"] == second);
  CHECK(unet["attention_head_dim"] == (second ? nlohmann::json{5, 10, 20, 20} : nlohmann::json(8)));
  CHECK(unet["down_block_types"][2] == "CrossAttnDownBlock2D");
  CHECK(unet["down_block_types"][3] == "DownBlock2D");
  CHECK(unet["up_block_types"][0] == "UpBlock2D");
  CHECK(unet["up_block_types"][1] == "CrossAttnUpBlock2D");
  const auto vae = diffusion::infer_vae_config(file, 512);
  CHECK(vae["block_out_channels"] == std::vector<int>{128, 256, 512, 512});
  CHECK(vae["layers_per_block"] == 2);
  const auto text = diffusion::infer_text_config(file);
  CHECK(text["hidden_size"] == (second ? 1024 : 768));
  CHECK(text["num_hidden_layers"] == (second ? 23 : 12));
  CHECK(text["num_attention_heads"] == (second ? 16 : 12));
  CHECK(text["hidden_act"] == (second ? "gelu" : "quick_gelu"));
}

TEST_CASE(
    "what a model predicts is asked of the caller, the metadata and the yaml, in this order") {
  const TemporaryFolder folder;
  const auto path = folder / "sd.safetensors";
  const auto training = [&](bool second, const std::map<std::string, std::string>& metadata,
                            const std::string& told = "") {
    write_shapes(path, published_shapes(second), metadata);
    const auto found = diffusion::infer_training(diffusion::SafetensorsView(path), told);
    return found.prediction_type + " " + std::to_string(found.picture_size);
  };
  CHECK(training(false, {}) == "epsilon 512");
  CHECK(training(true, {}) == "v_prediction 768");
  CHECK(training(true, {}, "epsilon") == "epsilon 512");
  CHECK(training(true, {{"modelspec.architecture", "stable-diffusion-v2-512"}}) == "epsilon 512");
  CHECK(training(true, {{"modelspec.prediction_type", "v"}, {"modelspec.resolution", "640x640"}}) ==
        "v_prediction 640");
  CHECK(training(false, {{"modelspec.resolution", "many"}}) == "epsilon 512");
  write_file(folder / "sd.yaml", "model:\n  params:\n    linear_start: 0.00085\n");
  CHECK(training(true, {}) == "epsilon 512");
  write_file(folder / "sd.yaml", "model:\n  params:\n    parameterization: \"v\"\n");
  CHECK(training(false, {}) == "v_prediction 512");
}

TEST_CASE("a model built like the published ones comes out of its single file without any help") {
  const bool second = GENERATE(false, true);
  const TemporaryFolder folder;
  const auto model = small_published_model(folder, second);
  export_single_file(model, folder / "a model.safetensors");
  const auto open = [&] {
    return diffusion::open_model(folder / "a model.safetensors", folder / "converted");
  };
  const auto again = open();
  CHECK_NOTHROW(diffusion::check_model_folder(again));
  check_same_networks(model, again);
  CHECK(diffusion::Tokenizer(again / "tokenizer").pad_id() == (second ? 0 : 49407));
  const auto schedule = diffusion::SchedulerConfig::from_model_folder(again);
  CHECK(schedule.prediction_type == (second ? "v_prediction" : "epsilon"));
  CHECK(schedule.class_name == (second ? "DDIMScheduler" : "PNDMScheduler"));
  CHECK(schedule.skip_prk_steps);
  CHECK(diffusion::UNet(again).sample_size() == 24);  // from modelspec.resolution

  // The second to ask finds what the first has made; another content is another model.
  write_file(again / "mark", "");
  CHECK(fs::exists(open() / "mark"));
  export_single_file(model, folder / "a model.safetensors", {at::kHalf, {}});
  CHECK_FALSE(fs::exists(open() / "mark"));
}

TEST_CASE("a single file without a tokenizer of its own gets CLIP's") {
  const TemporaryFolder folder;
  fs::create_directories(folder / "t");
  diffusion::write_clip_tokenizer(folder / "t", 77, "!");
  const diffusion::Tokenizer tokenizer(folder / "t");
  CHECK(tokenizer.vocabulary_size() == diffusion::kClipVocabulary);
  CHECK(tokenizer.tokens("a photo of a dog, sks") ==
        std::vector<std::int32_t>{320, 1125, 539, 320, 1929, 267, 48136});
  CHECK(tokenizer.bos_id() == 49406);
  CHECK(tokenizer.eos_id() == 49407);
  CHECK(tokenizer.pad_id() == 0);
}

TEST_CASE("missing tensors of a single file are named") {
  Checkpoint checkpoint;
  const std::string unet = diffusion::kOriginalUNet, text = diffusion::kOriginalOpenClip;
  CHECK_THAT(checkpoint.error_after([&](Tensors& t) { t.erase(unet + "out.2.weight"); }),
             Catch::Contains("missing (1)") && Catch::Contains(unet + "out.2"));
  CHECK_THAT(checkpoint.error_after([&](Tensors& t) { t.erase(text + "positional_embedding"); }),
             Catch::Contains("positional_embedding"));
  const auto joined = text + "transformer.resblocks.0.attn.in_proj_weight";
  CHECK_THAT(checkpoint.error_after([&](Tensors& t) { t[joined] = t[joined].narrow(0, 0, 5); }),
             Catch::Contains("three projections"));
}

TEST_CASE("what else a program left in a single file is passed over, and told") {
  Checkpoint checkpoint;
  edit_tensors(checkpoint.file, [](Tensors& t) {
    const auto any = t.begin()->second;
    t["model_ema.diffusion_modelinput_blocks00weight"] = any;
    t["alphas_cumprod"] = any;
    t["cond_stage_model.model.logit_scale"] = any;
    t["cond_stage_model.logit_scale"] = any;
    t[std::string(diffusion::kOriginalUNet) + "stranger"] = any;
    t["first_stage_model.loss.logvar"] = any;
  });
  const auto told =
      convert_single_file(checkpoint.file, checkpoint.folder / "again", {checkpoint.model, ""});
  CHECK(told == std::vector<std::string>{"alphas_cumprod", "cond_stage_model.logit_scale",
                                         "model.diffusion_model.stranger",
                                         "model_ema.diffusion_modelinput_blocks00weight"});
  check_same_networks(checkpoint.model, checkpoint.folder / "again");
}

TEST_CASE("another family of models is refused by its name") {
  const TemporaryFolder folder;
  const auto path = folder / "other.safetensors";
  const auto error = [&](const std::map<std::string, std::vector<int>>& shapes) {
    write_shapes(path, shapes);
    return error_of([&] { convert_single_file(path, folder / "out"); });
  };
  auto large = published_shapes(false);
  large["conditioner.embedders.0.transformer.x"] = {1};
  CHECK_THAT(error(large), Catch::Contains("Stable Diffusion XL"));
  auto inpainting = published_shapes(false);
  inpainting[std::string(diffusion::kOriginalUNet) + "input_blocks.0.0.weight"] = {320, 9, 3, 3};
  CHECK_THAT(error(inpainting), Catch::Contains("9 channels"));
  auto no_text = published_shapes(false);
  std::erase_if(no_text, [](const auto& item) { return item.first.starts_with("cond_stage"); });
  CHECK_THAT(error(no_text), Catch::Contains("no text encoder"));
  auto no_vae = published_shapes(false);
  std::erase_if(no_vae, [](const auto& item) { return item.first.starts_with("first_stage"); });
  CHECK_THAT(error(no_vae), Catch::Contains("first_stage_model."));
  CHECK_THAT(error({{"lora_unet_x.lora_down.weight", {4, 4}}}), Catch::Contains("LoRA"));
  CHECK_THAT(error({{"conv_in.weight", {4, 4, 3, 3}}}), Catch::Contains("a UNet alone"));
  CHECK_THAT(error({{"double_blocks.0.x", {4}}}), Catch::Contains("Flux"));
  CHECK_THAT(error({}), Catch::Contains("no UNet"));
  CHECK_FALSE(fs::exists(folder / "out"));
}

TEST_CASE("a pickle is refused with the way to convert it, whatever it is called") {
  const TemporaryFolder folder;
  const auto [name, bytes] = GENERATE(table<std::string, std::string>(
      {{"model.ckpt", ""},
       {"model.bin", "anything"},
       {"model.pt", "anything"},
       {"model.safetensors", std::string("PK\x03\x04 a zip archive")},
       {"model.safetensors", std::string("\x80\x02}q\0cos system", 14)}}));
  write_file(folder / name, bytes);
  CHECK_THAT(error_of([&, &file = name] { convert_single_file(folder / file, folder / "out"); }),
             Catch::Contains("pickle") &&
                 Catch::Contains(name == "model.bin" ? "from_pretrained" : "from_single_file"));
}

TEST_CASE("a single file says what it holds") {
  Checkpoint checkpoint;
  export_single_file(checkpoint.model, checkpoint.file,
                     {at::kHalf, {{"title", "A title"}, {"author", "me"}}});
  const SafetensorsFile file(checkpoint.file);
  const auto& metadata = file.metadata();
  CHECK(metadata.at("format") == "pt");
  CHECK(metadata.at("modelspec.sai_model_spec") == "1.0.0");
  CHECK(metadata.at("modelspec.architecture") == "stable-diffusion-v2-768-v");
  CHECK(metadata.at("modelspec.title") == "A title");
  CHECK(metadata.at("modelspec.author") == "me");
  CHECK(metadata.at("modelspec.resolution") == "16x16");
  CHECK(metadata.at("modelspec.prediction_type") == "v");
  CHECK(metadata.at("modelspec.hash_sha256") ==
        "0x" + diffusion::hash_of_tensors(tensors_of(checkpoint.file)));
  for (const auto& name : file.names()) {
    CHECK(file.tensor(name).scalar_type() == at::kHalf);
  }
}

TEST_CASE("the layer that Stable Diffusion 2 never uses is written for programs that count them") {
  const TemporaryFolder folder;
  const auto model = copy_of_tiny_model(folder);
  edit_json(model / "text_encoder" / "config.json",
            [](nlohmann::json& json) { json["num_hidden_layers"] = 23; });
  edit_tensors(model / "text_encoder" / "model.safetensors", [](Tensors& tensors) {
    Tensors more;
    for (const auto& [name, tensor] : tensors) {
      const auto at = name.find("layers.0.");
      if (at == name.npos) continue;
      for (int i = 2; i < 23; ++i) {
        more[std::string(name).replace(at, 9, "layers." + std::to_string(i) + ".")] = tensor;
      }
    }
    tensors.merge(more);
  });
  export_single_file(model, folder / "sd2.safetensors");
  const SafetensorsFile file(folder / "sd2.safetensors");
  const std::string block = std::string(diffusion::kOriginalOpenClip) + "transformer.resblocks.";
  CHECK(file.tensor(block + "23.mlp.c_fc.weight").equal(file.tensor(block + "22.mlp.c_fc.weight")));
  convert_single_file(folder / "sd2.safetensors", folder / "again", {model, ""});
  check_same_networks(model, folder / "again");
}

TEST_CASE("a model is exported in half precision, and read again") {
  const TemporaryFolder folder;
  const auto dtype = GENERATE(at::kHalf, at::kBFloat16);
  diffusion::export_model_folder(old_tiny_model(), folder / "half", {dtype, {}});
  CHECK_NOTHROW(diffusion::check_model_folder(folder / "half"));
  const auto weights = tensors_of(folder / "half" / "unet" / "diffusion_pytorch_model.safetensors");
  CHECK(weights.begin()->second.scalar_type() == dtype);
  const diffusion::UNet half(folder / "half"), whole(old_tiny_model());
  const auto& a = half.named_parameters().front().second;
  CHECK(a.scalar_type() == at::kFloat);
  CHECK(a.allclose(whole.named_parameters().front().second, 1e-2, 1e-2));
  CHECK_THAT(error_of([&] { diffusion::export_model_folder(tiny_model(), folder / "half"); }),
             Catch::Contains("not empty"));
  CHECK_THAT(error_of([&] {
               diffusion::export_model_folder(tiny_model(), folder / "int", {at::kInt, {}});
             }),
             Catch::Contains("float16"));
}

TEST_CASE("a yaml beside a single file is part of what it becomes, and old conversions go") {
  const TemporaryFolder folder;
  const auto file = folder / "a model.safetensors";
  export_single_file(small_published_model(folder, false), file);
  edit_tensors(file, [](Tensors&) {});  // without the metadata, which would win
  const auto open = [&] { return diffusion::open_model(file, folder / "converted"); };
  const auto predicted = [&] {
    return diffusion::SchedulerConfig::from_model_folder(open()).prediction_type;
  };
  const auto first = open();
  CHECK(predicted() == "epsilon");
  write_file(folder / "a model.yaml", "model: {params: {parameterization: v}}");
  CHECK(predicted() == "v_prediction");
  CHECK(open() != first);
  CHECK(fs::exists(first));  // it may be open in a stage
  fs::last_write_time(first, fs::file_time_type::clock::now() - std::chrono::hours(24 * 7 + 1));
  write_file(folder / "a model.yaml", "model: {params: {parameterization: 'eps'}}  # not v");
  CHECK(predicted() == "epsilon");
  CHECK_FALSE(fs::exists(first));
}
