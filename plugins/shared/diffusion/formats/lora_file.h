#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "diffusion/formats/part_shapes.h"

namespace diffusion {

class SafetensorsView;

/// What a file adds to one layer.
struct StoredFactors {
  std::string down, up;  ///< names of the tensors; see LowRankTerm for their shapes
  std::uint64_t rank = 0;
  double alpha = 0;  ///< of a file that does not say one: the rank
};

/// By the layer's name (lora_layers.h).
using StoredAdapter = std::map<std::string, StoredFactors>;

/// What the LoRA in `file` (open_lora()) adds to a model with these layers, as lora_layers() gives
/// them. Reads the names that LoraKeys knows, factors of 1x1 convolutions with two dimensions or
/// four, and alpha from its own tensors or else from peft's configuration in the metadata
/// (lora_metadata.h). Reads no factor.
///
/// Throws Error that names the file and the tensor when any of it would be left out or be wrong:
/// another kind of adapter (DoRA, LoHa, LoKr, ...), an embedding in the same file, a name that the
/// model has no layer for, another width, a type that is no floating-point number, a factor without
/// its partner, two for one layer, an alpha that is 0 or no number.
StoredAdapter stored_adapter(const SafetensorsView& file, const Shapes& layers);

}  // namespace diffusion
