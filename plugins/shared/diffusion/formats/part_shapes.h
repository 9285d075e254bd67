#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "diffusion/formats/text_config.h"
#include "diffusion/formats/unet_config.h"
#include "diffusion/formats/vae_config.h"

namespace diffusion {

/// The tensors that a part of a model has, by what its config.json says: the names that its network
/// takes (networks/), each with its shape.
using Shapes = std::map<std::string, std::vector<std::uint64_t>>;

Shapes shapes_of(const UNetConfig& config);
Shapes shapes_of(const VaeConfig& config);
Shapes shapes_of(const TextConfig& config);

}  // namespace diffusion
