#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace diffusion {

/// What a version was made from. Its own files are what tells: it is drawn with the VAE and read
/// with the tokenizer of the server's model, which must be those that it was trained with.

/// SHA-256, in hexadecimal, over the weights and configurations of unet, vae and text_encoder: file
/// names and contents in a fixed order. Two folders with the same hash draw the same pictures.
/// Throws Error.
std::string hash_of_model(const std::filesystem::path& model_folder);

/// The same over what a version shares with its base: the VAE and the tokenizer, contents alone.
std::string hash_of_shared_parts(const std::filesystem::path& model_folder);

struct MadeFrom {
  std::string hash;   ///< hash_of_model() of the pretrained model
  std::string model;  ///< its folder, as it was called then
};

/// Nothing for a version from before this was noted, and for a pretrained model. Throws Error.
std::optional<MadeFrom> made_from(const std::filesystem::path& version_folder);

/// Notes in a version that it goes back to `pretrained`. Throws Error.
void note_made_from(const std::filesystem::path& pretrained, const std::string& hash,
                    const std::filesystem::path& version_folder);

/// Throws Error, with both names, unless a version can be drawn with the pretrained model's VAE and
/// tokenizer, whose hash_of_shared_parts() is `shared`.
void require_same_parts(const std::filesystem::path& pretrained, const std::string& shared,
                        const std::filesystem::path& version_folder);

/// Throws Error, with both names, unless a version goes back to the pretrained model whose
/// hash_of_model() is `hash`: one of another is never trained on.
void require_same_base(const std::filesystem::path& pretrained, const std::string& hash,
                       const std::filesystem::path& version_folder);

}  // namespace diffusion
