#pragma once

#include <map>
#include <optional>
#include <string>

#include "diffusion/formats/part_shapes.h"

namespace diffusion {

enum class LoraPart { down, up, alpha };

/// What a tensor's name in a LoRA's file stands for.
struct LoraKey {
  std::string layer;  ///< see lora_layers.h
  LoraPart part;
};

/// Reads the names that programs have given to the tensors of a LoRA:
///   lora_unet_A_B.lora_down.weight, lora_te_..., lora_te1_..., .alpha   (sd-scripts)
///   unet.A.B.lora_A.weight, text_encoder....                            (peft, diffusers of today)
///   unet.A.B.lora.down.weight, ....lora_linear_layer.down.weight        (diffusers 0.20 to 0.24)
///   unet.A.attn1.processor.to_q_lora.down.weight                        (diffusers before that)
/// With or without the part before the first dot, and with or without `text_model.`.
class LoraKeys {
 public:
  /// For a model with these layers, as lora_layers() gives them.
  explicit LoraKeys(const Shapes& layers);
  /// Nothing when the name is none of these, or when the model has no such layer.
  std::optional<LoraKey> find(const std::string& tensor) const;

 private:
  std::string layer_of(std::string name) const;

  const Shapes& layers_;
  std::map<std::string, std::string> by_kohya_name_;
};

}  // namespace diffusion
