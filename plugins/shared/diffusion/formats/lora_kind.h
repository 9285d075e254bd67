#pragma once

#include <filesystem>

namespace diffusion {

class SafetensorsView;

/// Opens the file of a LoRA. Throws Error as SafetensorsView does; the text for a pickle says how
/// to convert one of a LoRA.
SafetensorsView open_lora(const std::filesystem::path& path);

/// Throws Error that names the first tensor of something else than a LoRA of two factors for Stable
/// Diffusion 1 or 2: a DoRA, a LoHa, LoKr or OFT, a LoRA with biases or with an embedding in it, an
/// embedding, a LoRA for Stable Diffusion XL. Read as a plain LoRA it would draw something else.
void refuse_other_adapter(const SafetensorsView& file);

}  // namespace diffusion
