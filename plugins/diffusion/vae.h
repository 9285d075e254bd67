#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <memory>

#include "diffusion/device.h"

namespace diffusion {

/// What the encoder says of a batch of pictures: a Gaussian for every latent value, not scaled.
/// A latent is `(mean + exp(logvar / 2) * noise) * scaling_factor`.
struct Posterior {
  at::Tensor mean;    ///< [batch, latent_channels, h/factor, w/factor]
  at::Tensor logvar;  ///< the same shape; clamped to [-30, 20] as diffusers does
};

/// The autoencoder of Stable Diffusion (diffusers `autoencoder_kl.py`, `vae.py`). Reads both
/// spellings of the attention weights (`query` ... `proj_attn` and `to_q` ... `to_out.0`).
/// Inference only; several threads may use one.
class Vae {
 public:
  /// Reads `vae/` of a diffusers folder; float16 weights become float32. Throws Error for a tensor
  /// that is missing, left over or wrong-shaped, and for an unsupported configuration.
  explicit Vae(const std::filesystem::path& model_folder, at::Device device = best_device());
  ~Vae();
  Vae(Vae&&) noexcept;
  Vae& operator=(Vae&&) noexcept;

  /// `pixels` [batch, 3, height, width] in [-1, 1], height and width multiples of factor().
  Posterior encode(const at::Tensor& pixels) const;
  /// `latents` [batch, latent_channels, h, w], already divided by scaling_factor() ->
  /// [batch, 3, h * factor, w * factor], around [-1, 1] and not clamped.
  at::Tensor decode(const at::Tensor& latents) const;

  double scaling_factor() const;
  /// Pixels per latent value in each direction: 2^(levels - 1).
  int factor() const;
  /// Side in pixels of the pictures it was trained on.
  int sample_size() const;
  int latent_channels() const;
  at::Device device() const;

 private:
  struct Network;
  std::unique_ptr<const Network> network_;
};

}  // namespace diffusion
