#pragma once

#include <string>

namespace diffusion {

/// The name of a tensor in a file of transformers -> the one that VisionTransformer is built with
/// (CLIP's, without `vision_model.`); "" for what it has no use for: poolers, classifiers,
/// buffers that count positions. Knows ViTModel as transformers 4 and 5 name it, with or without
/// `vit.` before, and CLIPVisionModel.
std::string vision_name(const std::string& name);

}  // namespace diffusion
