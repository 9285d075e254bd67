#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "diffusion/networks/device.h"

namespace diffusion {

/// The encoder's result for a batch of pictures: a Gaussian for every latent value, not scaled. A
/// latent is `(mean + exp(logvar / 2) * noise) * scaling_factor`.
struct Posterior {
  at::Tensor mean;    ///< [batch, latent_channels, h/factor, w/factor]
  at::Tensor logvar;  ///< the same shape; clamped to [-30, 20] as in diffusers
};

/// The autoencoder of Stable Diffusion (diffusers `autoencoder_kl.py`, `vae.py`). Reads both
/// spellings of the attention weights (`query` ... `proj_attn` and `to_q` ... `to_out.0`). Several
/// threads may use one while none trains it.
class Vae {
 public:
  /// Reads `vae/` of a diffusers folder; float16 weights become float32. Throws Error for a tensor
  /// that is missing or of the wrong shape, and for an unsupported configuration. With a
  /// `seed` it reads only config.json and draws the weights (see Weights).
  explicit Vae(const std::filesystem::path& model_folder, at::Device device = best_device(),
               std::optional<std::uint64_t> seed = {});
  ~Vae();
  Vae(Vae&&) noexcept;
  Vae& operator=(Vae&&) noexcept;

  /// `pixels` [batch, 3, height, width] in [-1, 1], height and width multiples of factor().
  Posterior encode(const at::Tensor& pixels) const;
  /// `latents` [batch, latent_channels, h, w], already divided by scaling_factor() ->
  /// [batch, 3, h * factor, w * factor], around [-1, 1] and not clamped.
  at::Tensor decode(const at::Tensor& latents) const;
  // Both record gradients when requires_grad(true) was called and gradient mode is on.

  /// The weights themselves, with diffusers' names.
  const std::vector<std::pair<std::string, at::Tensor>>& named_parameters() const;
  void requires_grad(bool on);
  /// Changes the factor that latents are multiplied by; save() writes it.
  void set_scaling_factor(double factor);
  /// Writes `config.json` and `diffusion_pytorch_model.safetensors` into `vae_folder`, as diffusers
  /// loads them.
  void save(const std::filesystem::path& vae_folder, at::ScalarType dtype = at::kFloat) const;

  double scaling_factor() const;
  /// Pixels per latent value in each direction: 2^(levels - 1).
  int factor() const;
  /// The side, in pixels, of the pictures that it was trained on.
  int sample_size() const;
  int latent_channels() const;
  at::Device device() const;

 private:
  struct Network;
  std::unique_ptr<Network> network_;
};

}  // namespace diffusion
