#include "diffusion/formats/lora_metadata.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace diffusion;

namespace {

const LoraDescription kDescription = {.title = "my dog",
                                      .identifier = "sks",
                                      .pictures = 5,
                                      .resolution = 512,
                                      .learning_rate = 1e-4,
                                      .steps = 400,
                                      .seed = 7,
                                      .date = "2026-12-01T00:00:00Z"};
const std::string kQuery = "unet.mid_block.attentions.0.transformer_blocks.0.attn2.to_q";
const std::string kConv = "unet.mid_block.resnets.0.conv1";
const std::string kWord = "text_encoder.encoder.layers.1.self_attn.v_proj";

}  // namespace

TEST_CASE("a LoRA says in sd-scripts' keys what it is, of what, and by which word it is called") {
  const auto found = kohya_metadata(kDescription, {{kQuery, {8, 4}}}, "ab12");
  CHECK(found.at("ss_network_module") == "networks.lora");
  CHECK(found.at("ss_network_dim") == "8");
  CHECK(found.at("ss_network_alpha") == "4");
  CHECK(found.at("ss_base_model_version") == "sd_v1");
  CHECK(found.at("ss_output_name") == "my dog");
  CHECK(found.at("sshs_model_hash") == "ab12");
  CHECK(nlohmann::json::parse(found.at("ss_tag_frequency")) ==
        nlohmann::json::parse(R"({"my dog": {"sks": 5}})"));
  CHECK(found.at("modelspec.architecture") == "stable-diffusion-v1/lora");
  CHECK(found.at("modelspec.resolution") == "512x512");
  CHECK(found.at("modelspec.trigger_phrase") == "sks");
  CHECK(found.at("modelspec.hash_sha256") == "0xab12");
  CHECK_FALSE(found.contains("ss_network_args"));
}

TEST_CASE("a LoRA of Stable Diffusion 2 says so, and one without a word says none") {
  auto description = kDescription;
  description.second = description.v_prediction = true;
  description.identifier = "";
  const auto found = kohya_metadata(description, {{kQuery, {8, 0.5}}, {kConv, {4, 1}}}, "");
  CHECK(found.at("ss_base_model_version") == "sd_v2");
  CHECK(found.at("modelspec.architecture") == "stable-diffusion-v2-768-v/lora");
  CHECK(found.at("modelspec.prediction_type") == "v");
  CHECK(found.at("ss_network_dim") == "8");
  CHECK(found.at("ss_network_alpha") == "0.5");
  CHECK(nlohmann::json::parse(found.at("ss_network_args")) ==
        nlohmann::json::parse(R"({"conv_dim": "4", "conv_alpha": "1"})"));
  CHECK_FALSE(found.contains("ss_tag_frequency"));
  CHECK_FALSE(found.contains("modelspec.trigger_phrase"));
}

TEST_CASE("peft's settings say what most layers have, and the others by name, of each part") {
  const auto found = peft_metadata({{kQuery, {8, 4}},
                                    {kConv, {2, 4}},
                                    {kWord, {3, 1}},
                                    {"unet.mid_block.resnets.0.conv2", {8, 1}}});
  const auto settings = nlohmann::json::parse(found.at("lora_adapter_metadata"));
  CHECK(settings.at("unet.r") == 8);
  CHECK(settings.at("unet.lora_alpha") == 4);
  CHECK(settings.at("unet.target_modules").size() == 3);
  CHECK(settings.at("unet.rank_pattern") == nlohmann::json{{kConv.substr(5), 2}});
  CHECK(settings.at("unet.alpha_pattern") == nlohmann::json{{"mid_block.resnets.0.conv2", 1}});
  CHECK(settings.at("text_encoder.r") == 3);
  CHECK(settings.at("text_encoder.target_modules") ==
        nlohmann::json{"encoder.layers.1.self_attn.v_proj"});
  const PeftSettings read(found);
  CHECK(read.alpha(kQuery, 8) == 4);
  CHECK(read.alpha("unet.mid_block.resnets.0.conv2", 8) == 1);
  CHECK(read.alpha(kWord, 3) == 1);
}

TEST_CASE("settings of a part that the LoRA does not change are left out") {
  const auto found = peft_metadata({{kQuery, {8, 4}}});
  CHECK(found.at("lora_adapter_metadata").find("text_encoder") == std::string::npos);
}
