#include "published_model.h"

#include "diffusion/formats/clip_vocabulary.h"
#include "diffusion/formats/original_layout.h"
#include "diffusion/formats/safetensors.h"
#include "diffusion/formats/safetensors_header.h"
#include "diffusion/networks/text_encoder.h"
#include "diffusion/networks/unet.h"
#include "diffusion/networks/vae.h"

namespace fs = std::filesystem;

// Random weights in a model that is small, but built by the rules of the published ones.
fs::path small_published_model(const TemporaryFolder& folder, bool second) {
  const auto model = folder / "small";
  const auto write = [&](const char* file, const nlohmann::json& json) {
    fs::create_directories((model / file).parent_path());
    write_file(model / file, json.dump());
  };
  write("unet/config.json",
        {{"block_out_channels", {64, 128}},
         {"layers_per_block", 1},
         {"attention_head_dim", second ? nlohmann::json{1, 2} : nlohmann::json(8)},
         {"cross_attention_dim", 64},
         {"use_linear_projection", second},
         {"sample_size", 24},
         {"down_block_types", {"CrossAttnDownBlock2D", "DownBlock2D"}},
         {"up_block_types", {"UpBlock2D", "CrossAttnUpBlock2D"}}});
  write("vae/config.json", {{"block_out_channels", {32, 64}},
                            {"layers_per_block", 1},
                            {"down_block_types", {"DownEncoderBlock2D", "DownEncoderBlock2D"}},
                            {"up_block_types", {"UpDecoderBlock2D", "UpDecoderBlock2D"}}});
  write("text_encoder/config.json", {{"hidden_size", 64},
                                     {"intermediate_size", 128},
                                     {"num_attention_heads", 1},
                                     {"num_hidden_layers", 2},
                                     {"hidden_act", second ? "gelu" : "quick_gelu"}});
  write("scheduler/scheduler_config.json",
        {{"prediction_type", second ? "v_prediction" : "epsilon"}});
  write("model_index.json", {{"unet", {"diffusers", "UNet2DConditionModel"}},
                             {"vae", {"diffusers", "AutoencoderKL"}},
                             {"text_encoder", {"transformers", "CLIPTextModel"}}});
  fs::create_directories(model / "tokenizer");
  diffusion::write_clip_tokenizer(model / "tokenizer", 77, "!");
  diffusion::UNet(model, at::kCPU, 1).save(model / "unet");
  diffusion::Vae(model, at::kCPU, 2).save(model / "vae");
  diffusion::TextEncoder(model, at::kCPU, 3).save(model / "text_encoder");
  return model;
}

// A file of zeros with the shapes of a published model, as sparse as the disk allows.
void write_shapes(const fs::path& path, const std::map<std::string, std::vector<int>>& shapes,
                  const std::map<std::string, std::string>& metadata) {
  std::vector<diffusion::TensorEntry> entries;
  for (const auto& [name, shape] : shapes) {
    entries.push_back({name, "F16", {shape.begin(), shape.end()}, 0, 0});
  }
  const auto header = diffusion::write_header(entries, metadata);
  write_file(path, header);
  fs::resize_file(path, header.size() + (entries.empty() ? 0 : entries.back().end));
}

// Shapes of the layers that the inference looks at, below Stable Diffusion's widths.
std::map<std::string, std::vector<int>> published_shapes(bool second) {
  const int context = second ? 1024 : 768;
  std::map<std::string, std::vector<int>> shapes;
  const std::string unet = diffusion::kOriginalUNet, vae = diffusion::kOriginalVae;
  const auto projection = [&](int width) {
    return second ? std::vector<int>{width, width} : std::vector<int>{width, width, 1, 1};
  };
  const auto attention = [&](const std::string& place, int width) {
    shapes[place + ".norm.weight"] = {width};
    shapes[place + ".proj_in.weight"] = projection(width);
    shapes[place + ".transformer_blocks.0.norm1.weight"] = {width};
    shapes[place + ".transformer_blocks.0.attn2.to_k.weight"] = {width, context};
  };
  shapes[unet + "input_blocks.0.0.weight"] = {320, 4, 3, 3};
  shapes[unet + "out.2.weight"] = {4, 320, 3, 3};
  const int widths[] = {320, 640, 1280, 1280};
  for (int n = 1; n < 12; ++n) {
    const auto place = unet + "input_blocks." + std::to_string(n);
    const int width = widths[(n - 1) / 3];
    if (n % 3 == 0) {
      shapes[place + ".0.op.weight"] = {width, width, 3, 3};
      continue;
    }
    shapes[place + ".0.in_layers.2.weight"] = {width, width, 3, 3};
    if (n < 9) attention(place + ".1", width);
  }
  attention(unet + "middle_block.1", 1280);
  for (int n = 3; n < 12; ++n) {
    shapes[unet + "output_blocks." + std::to_string(n) + ".1.norm.weight"] = {1};
  }
  const int vae_widths[] = {128, 256, 512, 512};
  for (int i = 0; i < 4; ++i) {
    for (int j = 0; j < 2; ++j) {
      shapes[vae + "encoder.down." + std::to_string(i) + ".block." + std::to_string(j) +
             ".conv1.weight"] = {vae_widths[i], 128, 3, 3};
    }
  }
  shapes[vae + "encoder.conv_in.weight"] = {128, 3, 3, 3};
  shapes[vae + "decoder.conv_in.weight"] = {512, 4, 3, 3};
  shapes[vae + "decoder.conv_out.weight"] = {3, 128, 3, 3};
  const std::string text =
      second ? diffusion::kOriginalOpenClip : std::string(diffusion::kOriginalClip) + "text_model.";
  const std::string layer = second ? "transformer.resblocks." : "encoder.layers.";
  shapes[text + (second ? "token_embedding.weight" : "embeddings.token_embedding.weight")] = {
      49408, context};
  shapes[text + (second ? "positional_embedding" : "embeddings.position_embedding.weight")] = {
      77, context};
  shapes[text + layer + "0.mlp." + (second ? "c_fc.weight" : "fc1.weight")] = {4 * context,
                                                                               context};
  for (int i = 0; i < (second ? 24 : 12); ++i) {
    shapes[text + layer + std::to_string(i) + (second ? ".ln_1.weight" : ".layer_norm1.weight")] = {
        context};
  }
  return shapes;
}
