#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>

#include "diffusion/formats/lora_metadata.h"
#include "diffusion/formats/part_shapes.h"
#include "diffusion/networks/adapter.h"

namespace diffusion {

/// Which names the tensors of a LoRA's file have.
enum class LoraFormat {
  kohya,     ///< lora_unet_....lora_down.weight, with .alpha: what most programs read
  diffusers  ///< unet.....lora_A.weight, with peft's settings in the metadata
};

/// Writes the adapter with factors of `dtype` (kHalf, kBFloat16 or kFloat) and alpha in float32.
/// The file appears whole or not at all. Throws Error when the adapter is empty, when a factor is
/// not finite in that type, and when the disk refuses.
void save_adapter(const std::filesystem::path& file, const Adapter& adapter,
                  const LoraDescription& description, LoraFormat format = LoraFormat::kohya,
                  at::ScalarType dtype = at::kHalf);

/// Reads a LoRA for a model with these layers, as stored_adapter() does, into float32 on `device`.
/// Throws Error as that does, and when a factor is not finite.
Adapter load_adapter(const std::filesystem::path& file, const Shapes& layers,
                     at::Device device = at::kCPU);

}  // namespace diffusion
