#include "diffusion/formats/lora_kind.h"

#include <string>
#include <string_view>

#include "diffusion/formats/diffusion_error.h"
#include "diffusion/formats/file_kind.h"
#include "diffusion/formats/safetensors_view.h"
#include "executor/files/mapped_file.h"

namespace diffusion {
namespace {

struct OtherKind {
  std::string_view mark;  // in a tensor's name
  const char* what;
  const char* remedy;
};

constexpr const char* kAsLora = "train or extract it as a plain LoRA";
constexpr OtherKind kOtherKinds[] = {
    {"bundle_emb.", "has an embedding bundled into the LoRA",
     "save the LoRA without it, and the embedding as a file of its own"},
    {"string_to_param", "is an embedding (textual inversion) and no LoRA", "name a LoRA"},
    {"emb_params", "is an embedding (textual inversion) and no LoRA", "name a LoRA"},
    {"dora_scale", "is a DoRA, which without its scales draws something else", kAsLora},
    {"lora_magnitude_vector", "is a DoRA, which without its scales draws something else", kAsLora},
    {"hada_", "is a LoHa and no LoRA", kAsLora},
    {"lokr_", "is a LoKr and no LoRA", kAsLora},
    {"oft_", "is an OFT adapter and no LoRA", kAsLora},
    {"lora_mid", "is a LoRA in three factors, of which two are read", kAsLora},
    {"lora_B.bias", "is a LoRA with biases, which are not read", kAsLora},
    {"lora_te2_", "is a LoRA for Stable Diffusion XL", "name one for Stable Diffusion 1 or 2"},
    {"text_encoder_2.", "is a LoRA for Stable Diffusion XL",
     "name one for Stable Diffusion 1 or 2"}};

void refuse_pickled_lora(const std::filesystem::path& path) {
  const files::MappedFile file(path);
  try {
    refuse_pickle(path, file.bytes().substr(0, kKindBytes));
  } catch (const Error& e) {
    throw Error(e.cause(),
                "convert it where you trust it: python -c \"import torch, "
                "safetensors.torch as s; s.save_file(torch.load('" +
                    path.filename().string() + "', weights_only=True), 'lora.safetensors')\"");
  }
}

}  // namespace

SafetensorsView open_lora(const std::filesystem::path& path) {
  refuse_pickled_lora(path);
  return SafetensorsView(path);
}

void refuse_other_adapter(const SafetensorsView& file) {
  for (const auto& tensor : file.tensors()) {
    for (const auto& [mark, what, remedy] : kOtherKinds) {
      if (tensor.name.find(mark) == std::string::npos) continue;
      throw Error(file.path().string() + ": " + what + " (tensor \"" + tensor.name + "\")", remedy);
    }
  }
}

}  // namespace diffusion
