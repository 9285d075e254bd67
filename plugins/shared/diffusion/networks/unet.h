#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "diffusion/networks/device.h"
#include "diffusion/networks/low_rank.h"

namespace diffusion {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

/// The denoising network of Stable Diffusion 1 and 2 (diffusers `unet_2d_condition.py`,
/// UNet2DConditionModel). Several threads may call forward() while none trains it.
class UNet {
 public:
  /// Reads `unet/` of a diffusers folder; float16 weights become float32. Throws Error for a tensor
  /// that is missing or of the wrong shape, and for an unsupported configuration. With a
  /// `seed` it reads only config.json and draws the weights (see Weights).
  explicit UNet(const std::filesystem::path& model_folder, at::Device device = best_device(),
                std::optional<std::uint64_t> seed = {});
  ~UNet();
  UNet(UNet&&) noexcept;
  UNet& operator=(UNet&&) noexcept;

  /// `sample` [batch, in_channels(), h, w]; `timesteps` [batch] or [1] or 0-d, integers or not;
  /// `context` [batch or 1, length, context_dim()] -> [batch, out_channels(), h, w], float32 on
  /// device(). Records gradients when requires_grad(true) was called and the calling thread's
  /// gradient mode is on.
  at::Tensor forward(const at::Tensor& sample, const at::Tensor& timesteps,
                     const at::Tensor& context) const;

  /// The weights themselves, with diffusers' names: a write in place changes the model.
  const NamedTensors& named_parameters() const;
  void requires_grad(bool on);
  /// Its linear layers and convolutions, where low-rank terms may be added (adapter.h).
  const std::vector<AdaptableLayer>& adaptable_layers() const;
  /// With `on`, a forward pass that records gradients keeps only what passes between layers, and
  /// its backward pass computes the rest again: less memory, about a third more time.
  void gradient_checkpointing(bool on);
  /// Lays weights and hidden states out in memory as [batch, h, w, channels], which tensor cores
  /// prefer. Sizes and results stay the same. A network on CUDA starts this way. Call before an
  /// optimiser takes the weights.
  void channels_last();
  /// Keeps the weights in `dtype` (kFloat, kBFloat16 or kHalf) and computes in it; inputs and
  /// results stay float32. For drawing: half the memory, and fast on tensor cores. A network that
  /// trains stays in kFloat and computes in bfloat16 with Autocast. Throws Error for another type.
  void compute_in(at::ScalarType dtype);

  /// Writes `config.json` and `diffusion_pytorch_model.safetensors` into `unet_folder`, as
  /// diffusers loads them. Creates the folder when needed.
  void save(const std::filesystem::path& unet_folder, at::ScalarType dtype = at::kFloat) const;

  /// The side of the latents that it was trained on.
  int sample_size() const;
  int in_channels() const;
  int out_channels() const;
  int context_dim() const;
  /// The memory of the weights.
  std::size_t bytes() const;
  at::Device device() const;

 private:
  struct Network;
  std::unique_ptr<Network> network_;
};

}  // namespace diffusion
