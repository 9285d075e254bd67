#pragma once

#include <string>

namespace diffusion {

/// Maps the name of a tensor in a transformers file to its name in VisionTransformer (CLIP's name
/// without `vision_model.`); "" for tensors that it does not use: poolers, classifiers, position
/// buffers. Knows ViTModel as transformers 4 and 5 name it, with or without the prefix `vit.`, and
/// CLIPVisionModel.
std::string vision_name(const std::string& name);

}  // namespace diffusion
