#pragma once

#include <ATen/core/Tensor.h>

#include <functional>

#include "diffusion/formats/scheduler_config.h"
#include "diffusion/networks/unet.h"

namespace diffusion {

struct SampleOptions {
  int steps = 50;
  /// At 1 or less the unconditional half is not computed.
  double guidance_scale = 7.5;
  /// Records the network's call and replays it (device_graph.h), where the device can.
  bool graph = false;
};

/// Called after each call of the network. `step` counts from 1; `total` is the number of calls
/// (PNDM makes one more than it has steps). Returning false stops the walk.
using OnStep = std::function<bool(int step, int total)>;

/// Walks from `noise` [batch, 4, h, w] to latents of the same shape with the scheduler that
/// `config` names, with classifier-free guidance (Ho and Salimans, arXiv 2207.12598): `u +
/// guidance_scale * (c - u)`, both halves in one call of the network. `cond` and `uncond` are
/// [batch or 1, length, dim]. The result is scaled: divide by the VAE's scaling_factor before
/// decoding. Throws Cancelled when `on_step` returns false, and Error for shapes that do not fit
/// and for final latents that are not finite.
at::Tensor sample_latents(const UNet& unet, const SchedulerConfig& config, at::Tensor noise,
                          const at::Tensor& cond, const at::Tensor& uncond,
                          const SampleOptions& options, const OnStep& on_step = {});

}  // namespace diffusion
