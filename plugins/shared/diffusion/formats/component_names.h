#pragma once

#include <string>

namespace diffusion {

/// Map the names that tensors have had over the years to the names in this library's networks; ""
/// for a tensor that the network does not use.

/// Files from before diffusers 0.17 name the attention weights query, key, value and proj_attn.
std::string current_vae_name(const std::string& name);
/// transformers 5 writes names without `text_model.`; older files have the prefix, and a buffer of
/// positions from 0.
std::string current_text_name(const std::string& name);

}  // namespace diffusion
