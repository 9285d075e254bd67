#pragma once

#include <cstddef>
#include <filesystem>
#include <string_view>

namespace diffusion {

class SafetensorsView;

/// What a file is that is taken for weights, but is something else.

/// So many first bytes tell.
inline constexpr std::size_t kKindBytes = 64;

/// Throws Error that names the kind and the remedy when the file begins as a pickle, a Git LFS
/// pointer, a web page, an answer in JSON, a gguf file, an archive, a picture, or zeros.
void refuse_other_kind(const std::filesystem::path& path, std::string_view first_bytes);

/// Throws Error when the tensors are those of something else than a whole checkpoint of Stable
/// Diffusion 1 or 2 in the original layout: a LoRA, an embedding, a ControlNet, one part alone,
/// Stable Diffusion XL or 3, Flux. The text says what it is, and what to do.
void refuse_other_family(const SafetensorsView& file);

}  // namespace diffusion
