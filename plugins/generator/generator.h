#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <vector>

#include "diffusion/networks/vae.h"
#include "executor/executor.h"
#include "executor/plugin.h"
#include "generator/warm_unets.h"
#include "schemas/generate.h"

namespace generator {

/// Draws pictures: turns embedded prompts into latents with a version's UNet, and latents into PNG
/// pictures with the pretrained model's VAE, which training never changes.
///
/// draw.v1 -> pictures.v1, draw_latents.v1 -> latents.v1, latents.v1 -> pictures.v1. Stops within
/// one step when the job is cancelled. A picture depends on its seed and settings only; other
/// pictures of the request change at most its last floating-point bits.
class Generator : public executor::Executor {
 public:
  /// Throws Error(bad_config) when the model folder cannot be used.
  explicit Generator(const executor::Setup& setup);

  void process(const schemas::Message& in, executor::Outbox& out) override;

 private:
  /// Sets settings.scheduler to the scheduler in use.
  at::Tensor latents_for(schemas::DrawSettings& settings, const at::Tensor& context,
                         bool as_pictures, executor::Outbox& out);
  void tell_pace(std::size_t pictures, std::int64_t latent_pixels, executor::Outbox& out) const;
  void send_pictures(const schemas::DrawSettings& settings, const at::Tensor& latents,
                     executor::Outbox& out);

  std::filesystem::path home_, model_;
  diffusion::Vae vae_;
  WarmUNets unets_;
  bool graphs_;
  std::uint64_t unet_weights_ = 0;  ///< of the pretrained network
};

/// The plugin's handlers and parameters, shared with its tests.
std::vector<executor::Handler> handlers();
std::vector<executor::Param> params();

}  // namespace generator
