#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "diffusion/networks/device.h"
#include "diffusion/networks/low_rank.h"

namespace diffusion {

/// The CLIP text transformer of Stable Diffusion 1 and 2 (transformers `modeling_clip.py`,
/// CLIPTextModel): pre-norm layers with a causal mask and no padding mask; the output is the last
/// hidden state after `final_layer_norm`. Several threads may use one while none trains it.
class TextEncoder {
 public:
  /// Reads `text_encoder/` of a diffusers folder; float16 weights become float32. Throws Error for
  /// a tensor that is missing or of the wrong shape, and for an unsupported
  /// configuration. With a `seed` it reads only config.json and draws the weights (see Weights).
  explicit TextEncoder(const std::filesystem::path& model_folder, at::Device device = best_device(),
                       std::optional<std::uint64_t> seed = {});
  ~TextEncoder();
  TextEncoder(TextEncoder&&) noexcept;
  TextEncoder& operator=(TextEncoder&&) noexcept;

  /// `ids` [batch, length] int64 -> [batch, length, dim()] float32 on device(). Throws Error when
  /// `length` exceeds max_length() or an id is not in the vocabulary. Records gradients when
  /// requires_grad(true) was called and the calling thread's gradient mode is on.
  at::Tensor encode(const at::Tensor& ids) const;
  /// The two halves of encode(): check() throws, and forward() runs the network without asking the
  /// device for a value (see DeviceGraph).
  void check(const at::Tensor& ids) const;
  at::Tensor forward(const at::Tensor& ids) const;

  /// The weights themselves, with transformers' names.
  const std::vector<std::pair<std::string, at::Tensor>>& named_parameters() const;
  void requires_grad(bool on);
  /// Its linear layers, where low-rank terms may be added (adapter.h).
  const std::vector<AdaptableLayer>& adaptable_layers() const;
  /// Writes `config.json` and `model.safetensors` into `folder`, as transformers loads them.
  void save(const std::filesystem::path& folder, at::ScalarType dtype = at::kFloat) const;

  int max_length() const;
  int dim() const;
  at::Device device() const;

 private:
  struct Network;
  std::unique_ptr<Network> network_;
};

}  // namespace diffusion
