#include "diffusion/formats/lora_layers.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "diffusion/formats/diffusion_error.h"

using namespace diffusion;

namespace {

// The configurations of Stable Diffusion 1.5.
UNetConfig unet_of_15() {
  UNetConfig config{};
  config.in_channels = config.out_channels = 4;
  config.layers_per_block = 2;
  config.cross_attention_dim = 768;
  config.levels = {{320, 8, 1, true, true},
                   {640, 8, 1, true, true},
                   {1280, 8, 1, true, true},
                   {1280, 8, 1, false, false}};
  return config;
}

Shapes layers_of_15() {
  return lora_layers(shapes_of(unet_of_15()), shapes_of(TextConfig{768, 3072, 49408, 77, 12}));
}

auto count_of(LoraTargets targets, std::string_view part) {
  const auto layers = layers_of_15();
  return std::count_if(layers.begin(), layers.end(), [&](const auto& layer) {
    return layer.first.starts_with(part) && is_target(layer.first, targets);
  });
}

}  // namespace

TEST_CASE("targets are as many layers of Stable Diffusion 1.5 as the other trainers change") {
  CHECK(count_of(LoraTargets::attention, kUNetLayer) == 16 * 8);
  CHECK(count_of(LoraTargets::linear, kUNetLayer) == 192);
  // With conv_dim also 22 residual blocks of three layers, 14 of them with a fourth, and 6 changes
  // of size.
  CHECK(count_of(LoraTargets::all, kUNetLayer) == 192 + 22 * 3 + 14 + 6);
  CHECK(count_of(LoraTargets::attention, kTextLayer) == 12 * 4);
  CHECK(count_of(LoraTargets::linear, kTextLayer) == 12 * 6);
  CHECK(count_of(LoraTargets::all, kTextLayer) == 12 * 6);
}

TEST_CASE("what stands before and after all blocks is no target, but may be named by a file") {
  for (const char* name : {"unet.conv_in", "unet.conv_out", "unet.time_embedding.linear_1"}) {
    CHECK_FALSE(is_target(name, LoraTargets::all));
    CHECK(layers_of_15().contains(name));
  }
  CHECK_FALSE(layers_of_15().contains("text_encoder.embeddings.token_embedding"));
  CHECK_FALSE(layers_of_15().contains("unet.conv_norm_out"));
}

TEST_CASE("layers have the names that sd-scripts and peft give them") {
  const std::string unet = "unet.down_blocks.0.attentions.1.transformer_blocks.0.attn1.to_out.0";
  CHECK(peft_name(unet) == unet);
  CHECK(kohya_name(unet) ==
        "lora_unet_down_blocks_0_attentions_1_transformer_blocks_0_attn1_to_out_0");
  CHECK(peft_name("text_encoder.encoder.layers.3.self_attn.q_proj") ==
        "text_encoder.text_model.encoder.layers.3.self_attn.q_proj");
  CHECK(kohya_name("text_encoder.encoder.layers.3.self_attn.q_proj") ==
        "lora_te_text_model_encoder_layers_3_self_attn_q_proj");
}

TEST_CASE("targets have names, and others are refused with those") {
  for (const auto targets : {LoraTargets::attention, LoraTargets::linear, LoraTargets::all}) {
    CHECK(lora_targets(name_of(targets)) == targets);
  }
  CHECK_THROWS_WITH(lora_targets("Attention"),
                    Catch::Contains("\"Attention\"") && Catch::Contains("attention, linear, all"));
}
