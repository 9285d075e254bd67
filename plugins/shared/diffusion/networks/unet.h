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

namespace diffusion {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

/// The denoising network of Stable Diffusion 1 and 2 (diffusers `unet_2d_condition.py`,
/// UNet2DConditionModel). forward() may run on several threads as long as none trains.
class UNet {
 public:
  /// Reads `unet/` of a diffusers folder; float16 weights become float32. Throws Error for a
  /// tensor that is missing, left over or wrong-shaped, and for an unsupported configuration.
  /// With a `seed` the weights are drawn instead (see Weights), and config.json alone is read.
  explicit UNet(const std::filesystem::path& model_folder, at::Device device = best_device(),
                std::optional<std::uint64_t> seed = {});
  ~UNet();
  UNet(UNet&&) noexcept;
  UNet& operator=(UNet&&) noexcept;

  /// `sample` [batch, in_channels(), h, w]; `timesteps` [batch] or [1] or 0-d, whole or not;
  /// `context` [batch or 1, length, context_dim()] -> [batch, out_channels(), h, w], float32 on
  /// device(). Records gradients when requires_grad(true) was called and the calling thread's
  /// gradient mode is on.
  at::Tensor forward(const at::Tensor& sample, const at::Tensor& timesteps,
                     const at::Tensor& context) const;

  /// diffusers' names; the tensors are the weights themselves: a write in place changes the model.
  const NamedTensors& named_parameters() const;
  void requires_grad(bool on);
  /// Whether a forward pass that records gradients keeps only what goes from layer to layer, and
  /// its backward pass computes the rest again: less memory, about a third more time.
  void gradient_checkpointing(bool on);
  /// Lays weights and hidden states out as [batch, h, w, channels] in memory, which tensor cores
  /// want; sizes and results stay. A network on CUDA is made so. To be called before an optimiser
  /// takes the weights.
  void channels_last();
  /// Keeps the weights in kFloat, kBFloat16 or kHalf and computes in it; what goes in and comes out
  /// stays float32. For drawing: half the memory, and what tensor cores are fast at. A network that
  /// trains stays in kFloat and computes in bfloat16 by Autocast. Throws Error for another type.
  void compute_in(at::ScalarType dtype);

  /// Writes `config.json` and `diffusion_pytorch_model.safetensors` into `unet_folder`, which is
  /// made if need be. diffusers loads it as it is.
  void save(const std::filesystem::path& unet_folder, at::ScalarType dtype = at::kFloat) const;

  /// Side of the latents that it was trained on.
  int sample_size() const;
  int in_channels() const;
  int out_channels() const;
  int context_dim() const;
  /// Memory of the weights.
  std::size_t bytes() const;
  at::Device device() const;

 private:
  struct Network;
  std::unique_ptr<Network> network_;
};

}  // namespace diffusion
