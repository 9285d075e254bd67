#pragma once

#include <string>

namespace diffusion {

/// The names that tensors have had over the years -> the ones that the networks are built with; ""
/// for a tensor that is none of the network's.

/// Files from before diffusers 0.17 spell the attention's weights query, key, value and proj_attn.
std::string current_vae_name(const std::string& name);
/// transformers 5 writes no `text_model.` before the names; older files have it, and a buffer of
/// positions that counts from 0.
std::string current_text_name(const std::string& name);

}  // namespace diffusion
