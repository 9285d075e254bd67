#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "diffusion/networks/unet.h"
#include "diffusion/schedulers/noise_schedule.h"

namespace diffusion {

/// Fixed questions that show how well a network knows a thing: latents of pictures that it was not
/// trained on, each with a noise and a timestep that never change.
struct HeldOut {
  at::Tensor latents;    ///< [draws, 4, h, w], scaled
  at::Tensor noise;      ///< the same shape
  at::Tensor timesteps;  ///< [draws] int64
};

/// Makes `draws` questions: the latents in turn, noise from `seed`, and timesteps at the centres of
/// `draws` equal parts of the schedule, shuffled by `seed`, so that all noise levels count equally.
/// `latents` [pictures, 4, h, w]. Throws Error without latents or draws. A pure function.
HeldOut held_out(const at::Tensor& latents, std::int64_t draws, int num_train_timesteps,
                 std::uint64_t seed);

/// The squared error of each answer, as a mean over its values: the training loss, draw by draw, so
/// that two networks can be compared in pairs. `context` [1, length, dim] is the thing's prompt.
std::vector<double> held_out_losses(const UNet& unet, const NoiseSchedule& schedule,
                                    const HeldOut& asked, const at::Tensor& context);

/// A network, and a prompt [1, length, dim] embedded by the network's own text encoder.
struct Prompted {
  const UNet& unet;
  at::Tensor context;
};

/// How far two networks have drifted apart: the mean squared difference of their answers.
double drift(const Prompted& one, const Prompted& other, const NoiseSchedule& schedule,
             const HeldOut& asked);

}  // namespace diffusion
