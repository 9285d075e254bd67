#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace diffusion {

/// The input of one optimisation step. The tensors may be on any device.
struct Batch {
  at::Tensor latents;    ///< [batch, 4, h, w], scaled
  at::Tensor noise;      ///< the same shape
  at::Tensor timesteps;  ///< [batch] int64
  at::Tensor context;    ///< [batch, length, dim]; ignored when the text encoder is trained
  int instances = 0;     ///< the first rows are instance pictures, the rest prior pictures
  at::Tensor ids;        ///< [batch, length] int64; used only when the text encoder is trained
};

/// Throws Error when the tensors do not fit together, when the prompts are missing (token ids with
/// `as_ids`, else a context), and when instance or prior rows do not divide evenly into `parts`.
void check(const Batch& batch, bool as_ids, std::int64_t parts);

/// Whether instance and prior rows each divide evenly into `parts`.
bool parts_evenly(const Batch& batch, std::int64_t parts);

/// Part `k` of `parts` of a tensor with one row per latent: an equal share of the instance rows,
/// then an equal share of the prior rows.
at::Tensor part_of(const at::Tensor& rows, std::int64_t instances, std::int64_t k,
                   std::int64_t parts);

}  // namespace diffusion
