#include "diffusion/formats/part_fit.h"

#include <string>

#include "diffusion/formats/diffusion_error.h"
#include "diffusion/formats/tokenizer.h"
#include "executor/files/json_file.h"

namespace diffusion {
namespace {

namespace fs = std::filesystem;

constexpr int kPictureChannels = 3;

[[noreturn]] void misfit(const fs::path& folder, const std::string& first, int one,
                         const std::string& second, int other, const std::string& meaning) {
  throw Error(folder.string() + ": the parts do not fit each other: " + first + " is " +
              std::to_string(one) + ", but " + second + " is " + std::to_string(other) + meaning +
              "; take all parts from one model");
}

std::string meaning_of(int channels) {
  switch (channels) {
    case 5: return " (this UNet is for depth maps)";
    case 7: return " (this UNet is for upscaling)";
    case 8: return " (this UNet is for editing)";
    case 9: return " (this UNet is for inpainting)";
    default: return "";
  }
}

void check_latents(const fs::path& folder, const UNetConfig& unet, const VaeConfig& vae) {
  if (unet.in_channels != vae.latent_channels) {
    misfit(folder, "unet in_channels", unet.in_channels, "vae latent_channels", vae.latent_channels,
           meaning_of(unet.in_channels));
  }
  if (unet.out_channels != unet.in_channels) {
    misfit(folder, "unet out_channels", unet.out_channels, "in_channels", unet.in_channels, "");
  }
  for (const int channels : {vae.in_channels, vae.out_channels}) {
    if (channels == kPictureChannels) continue;
    throw Error(folder.string() + ": the VAE is for pictures of " + std::to_string(channels) +
                " channels; pictures have " + std::to_string(kPictureChannels) +
                ": take the VAE of a Stable Diffusion 1 or 2 model");
  }
}

void check_words(const fs::path& folder, const UNetConfig& unet, const TextConfig& text) {
  if (unet.cross_attention_dim != text.width) {
    misfit(folder, "unet cross_attention_dim", unet.cross_attention_dim, "text_encoder hidden_size",
           text.width, "");
  }
  const Tokenizer tokenizer(folder / "tokenizer");
  if (tokenizer.vocabulary_size() > text.vocabulary) {
    misfit(folder, "the number of the tokenizer's words", tokenizer.vocabulary_size(),
           "text_encoder vocab_size", text.vocabulary, "");
  }
  if (tokenizer.model_max_length() > text.positions) {
    misfit(folder, "tokenizer model_max_length", tokenizer.model_max_length(),
           "text_encoder max_position_embeddings", text.positions, "");
  }
}

void require_file(const fs::path& file) {
  if (fs::is_regular_file(file)) return;
  throw Error(file.string() + ": is missing",
              "a model is a folder as diffusers writes it for StableDiffusionPipeline");
}

std::string text_at(const fs::path& file, const char* key) {
  if (!fs::is_regular_file(file)) return "";
  const auto json = files::read_json_file(file);
  if (!json.is_object() || !json.contains(key) || !json[key].is_string()) return "";
  return json[key].get<std::string>();
}

}  // namespace

FittingParts fitting_parts(const fs::path& folder) {
  for (const char* name :
       {"model_index.json", "unet/config.json", "vae/config.json", "text_encoder/config.json",
        "scheduler/scheduler_config.json", "tokenizer/tokenizer_config.json"}) {
    require_file(folder / name);
  }
  const FittingParts parts{UNetConfig::from_file(folder / "unet" / "config.json"),
                           VaeConfig::from_file(folder / "vae" / "config.json"),
                           TextConfig::from_file(folder / "text_encoder" / "config.json")};
  check_latents(folder, parts.unet, parts.vae);
  check_words(folder, parts.unet, parts.text);
  return parts;
}

void refuse_other_pipeline(const fs::path& folder) {
  const auto fail = [&](const std::string& what,
                        const std::string& remedy = "what can be used is ") {
    throw Error(folder.string() + ": " + what,
                remedy +
                    "Stable Diffusion 1 or 2, a folder as diffusers writes it for "
                    "StableDiffusionPipeline");
  };
  const auto index = folder / "model_index.json";
  if (!fs::exists(index)) {
    if (fs::exists(folder / "pytorch_lora_weights.safetensors") ||
        fs::exists(folder / "adapter_config.json")) {
      fail("is a LoRA, which changes a model and is none", "name the model that it was made for: ");
    }
    const auto one = text_at(folder / "config.json", "_class_name");
    if (!one.empty()) fail("is one component alone (" + one + ")");
  }
  const auto name = text_at(index, "_class_name");
  const auto pipeline = name.empty() ? std::string("another model") : name;
  if (name.find("XL") != name.npos) fail("is Stable Diffusion XL (" + name + ")");
  for (const char* part : {"transformer", "text_encoder_2", "prior", "controlnet"}) {
    if (fs::exists(index) && files::ConfigFile(index).has(part)) {
      const auto value = files::ConfigFile(index).json().at(part);
      if (value.is_array() && !value.empty() && value.front().is_string()) {
        fail("is " + pipeline + ", with the part " + part);
      }
    }
  }
}

}  // namespace diffusion
