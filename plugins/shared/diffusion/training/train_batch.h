#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace diffusion {

/// What one optimisation step is made of. The tensors may lie on any device.
struct Batch {
  at::Tensor latents;    ///< [batch, 4, h, w], scaled
  at::Tensor noise;      ///< the same shape
  at::Tensor timesteps;  ///< [batch] int64
  at::Tensor context;    ///< [batch, length, dim]; not read when the text encoder is trained
  int instances = 0;     ///< the first rows are instance pictures, the rest prior pictures
  at::Tensor ids;        ///< [batch, length] int64; read only when the text encoder is trained
};

/// Throws Error when the tensors do not fit each other, or prompts are missing: token ids when
/// `as_ids`, else a context; or when instance and prior rows do not each part evenly.
void check(const Batch& batch, bool as_ids, std::int64_t parts);

/// Whether instance and prior rows can each be shared out among so many parts.
bool parts_evenly(const Batch& batch, std::int64_t parts);

/// Part `k` of `parts` of something that has a row for each latent: an equal share of the rows of
/// the `instances`, then one of the prior rows.
at::Tensor part_of(const at::Tensor& rows, std::int64_t instances, std::int64_t k,
                   std::int64_t parts);

}  // namespace diffusion
