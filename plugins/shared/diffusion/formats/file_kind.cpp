#include "diffusion/formats/file_kind.h"

#include <algorithm>
#include <string>

#include "diffusion/formats/diffusion_error.h"
#include "diffusion/formats/original_layout.h"
#include "diffusion/formats/safetensors_view.h"

namespace diffusion {
namespace {

using namespace std::string_view_literals;

struct Kind {
  std::string_view begin;
  const char* what;
  const char* remedy;
};

constexpr const char* kAgain = "download the file itself again";
constexpr const char* kUnpack = "unpack it, and name the model in it";
constexpr const char* kNoModel = "name the model's .safetensors file or folder";
constexpr Kind kKinds[] = {
    {"version https://git-lfs"sv, "is a Git LFS pointer, not the weights that it stands for",
     "fetch them with \"git lfs pull\" in that repository"},
    {"<"sv, "is a web page (HTML or XML): the site has answered with a page, not with the file",
     "download it again, signed in where the site asks for it"},
    {"{"sv, "is a JSON text: the site may have answered with an error", kAgain},
    {"GGUF"sv, "is a gguf file, of quantised weights that cannot be trained on",
     "get the model as safetensors in float16 or float32"},
    {"\x1f\x8b"sv, "is a gzip archive", kUnpack},
    {"7z\xbc\xaf"sv, "is a 7z archive", kUnpack},
    {"Rar!"sv, "is a rar archive", kUnpack},
    {"\x28\xb5\x2f\xfd"sv, "is a zstd archive", kUnpack},
    {"\x89PNG"sv, "is a picture (PNG)", kNoModel},
    {"\xff\xd8\xff"sv, "is a picture (JPEG)", kNoModel},
    {"RIFF"sv, "is a picture (WebP) or a sound", kNoModel},
    {"\0\0\0\0\0\0\0\0"sv, "begins with zeros: it was not written to its end", kAgain}};

struct Family {
  std::string_view mark;
  bool anywhere;  // in a tensor's name, not only at its begin
  const char* what;
};

constexpr const char* kLora = "is a LoRA, which changes a model and is none";
constexpr const char* kControlNet = "is a ControlNet, which steers a model and is none";
constexpr const char* kMadeFor = "name the model that it was made for: ";
constexpr const char* kWhole = "a whole checkpoint of Stable Diffusion 1 or 2";
constexpr const char* kFlux = "is Flux, which is built differently";
constexpr std::string_view kOfXl = "conditioner.embedders.";
// In this order: what is part of several families stands last.
constexpr Family kFamilies[] = {
    {"lora_", false, kLora},
    {".lora_", true, kLora},
    {".lora.", true, kLora},
    {"hada_w1", true, kLora},
    {"lokr_w", true, kLora},
    {"control_model.", false, kControlNet},
    {"controlnet_", false, kControlNet},
    {"input_hint_block.", false, kControlNet},
    {"zero_convs.", false, kControlNet},
    {"emb_params", false, "is an embedding (textual inversion), a word for a model and no model"},
    {"string_to_param", false, "is an embedding (textual inversion), a word and no model"},
    {"clip_l", false, "is an embedding of Stable Diffusion XL, a word and no model"},
    {"motion_modules.", true, "is a motion module of AnimateDiff, not a model"},
    {"ip_adapter.", false, "is an IP-Adapter, which steers a model and is none"},
    {kOfXl, false, "is Stable Diffusion XL, which is built differently"},
    {"add_embedding.", false, "is the UNet of Stable Diffusion XL, which is built differently"},
    {"joint_blocks.", true, "is Stable Diffusion 3, which is built differently"},
    {"double_blocks.", true, kFlux},
    {"single_transformer_blocks.", false, kFlux},
    {"transformer_blocks.", false, "is a diffusion transformer (Stable Diffusion 3 or its like)"},
    {"ip_adapter_", false, "is an IP-Adapter, which steers a model and is none"}};

constexpr const char* kAlone =
    " alone; it belongs into the folder of a whole model as diffusers "
    "writes it";

[[noreturn]] void fail(const SafetensorsView& file, const std::string& what) {
  const bool is_added = what == kLora || what == kControlNet;
  throw Error(file.path().string() + ": " + what,
              (is_added ? std::string(kMadeFor) : "what can be read is ") + kWhole);
}

bool is_of(const Family& family, const std::string& name) {
  return family.anywhere ? name.find(family.mark) != name.npos : name.starts_with(family.mark);
}

// One matrix of a few words.
bool is_embedding(const SafetensorsView& file) {
  const auto& tensors = file.tensors();
  return tensors.size() == 1 && tensors[0].shape.size() <= 2 &&
         tensors[0].name.find('.') == std::string::npos;
}

bool begins(const SafetensorsView& file, std::string_view prefix) {
  const auto& tensors = file.tensors();
  return std::any_of(tensors.begin(), tensors.end(),
                     [&](const auto& tensor) { return tensor.name.starts_with(prefix); });
}

void refuse_part(const SafetensorsView& file) {
  const std::string alone = kAlone;
  const bool unet = begins(file, kOriginalUNet), vae = begins(file, kOriginalVae),
             text = begins(file, "cond_stage_model.");
  if (file.find("conv_in.weight") != nullptr || (unet && !vae && !text)) {
    fail(file, "is a UNet" + alone);
  }
  if (file.find("encoder.conv_in.weight") != nullptr ||
      file.find("decoder.conv_in.weight") != nullptr || (vae && !unet)) {
    fail(file, "is a VAE" + alone);
  }
  if (begins(file, "text_model.") || begins(file, "encoder.layers.") || (text && !unet)) {
    fail(file, "is a text encoder" + alone);
  }
}

// With all three parts: then anything else is left over, and does not hinder.
bool is_whole(const SafetensorsView& file) {
  return begins(file, kOriginalUNet) && begins(file, kOriginalVae) &&
         begins(file, "cond_stage_model.");
}

void refuse_families(const SafetensorsView& file) {
  for (const auto& family : kFamilies) {
    for (const auto& tensor : file.tensors()) {
      if (is_of(family, tensor.name)) fail(file, family.what);
    }
  }
  if (is_embedding(file)) fail(file, "is an embedding (textual inversion), a word and no model");
  refuse_part(file);
}

}  // namespace

void refuse_other_kind(const std::filesystem::path& path, std::string_view bytes) {
  refuse_pickle(path, bytes);
  if (bytes.starts_with("\xef\xbb\xbf"sv)) bytes.remove_prefix(3);
  const auto text = bytes.find_first_not_of(" \t\r\n");
  const auto trimmed = text == bytes.npos ? bytes : bytes.substr(text);
  for (const auto& [begin, what, remedy] : kKinds) {
    if (!bytes.starts_with(begin) && !trimmed.starts_with(begin)) continue;
    // A header's length may begin with any byte; its next ones are zero.
    if (begin.size() < 4 && bytes.size() >= 8 && bytes.substr(4, 4) == "\0\0\0\0"sv) continue;
    throw Error(path.string() + ": " + what, remedy);
  }
}

void refuse_other_family(const SafetensorsView& file) {
  if (!is_whole(file) || begins(file, kOfXl)) refuse_families(file);
  const auto* first = file.find(std::string(kOriginalUNet) + "input_blocks.0.0.weight");
  if (first == nullptr) fail(file, "has no UNet in the original layout");
  if (first->shape.size() != 4 || first->shape[1] == 4) return;
  const auto channels = first->shape[1];
  fail(file, "has a UNet for " + std::to_string(channels) + " channels (" +
                 (channels == 5   ? "of depth"
                  : channels == 7 ? "for upscaling"
                  : channels == 8 ? "for editing"
                  : channels == 9 ? "for inpainting"
                                  : "of another kind") +
                 ")");
}

}  // namespace diffusion
