#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base_training/latent_pool.h"
#include "base_training/training_run.h"
#include "diffusion/formats/tokenizer.h"
#include "diffusion/networks/vae.h"

namespace base_training {

/// Fills a LatentPool with captioned pictures. Uses the model's tokenizer, and the VAE that was
/// trained before (OUT/vae of the run) or, if there is none, the model's own.
class CaptionedPool {
 public:
  CaptionedPool(const std::filesystem::path& model, const TrainingRun& run);

  /// Adds latents that are drawn from the posterior of `pixels` [n, 3, h, w] and scaled.
  void add(const schemas::Captioned& captioned, const at::Tensor& pixels, at::Generator& random);
  /// Draws train_batch_size rows.
  LatentPool::Rows draw(at::Generator& random) const { return pool_.draw(batch_size_, random); }

  /// The token ids of `texts`: [texts, model_max_length] int64.
  at::Tensor ids_of(const std::vector<std::string>& texts) const;
  diffusion::Vae& vae() { return vae_; }

 private:
  diffusion::Tokenizer tokenizer_;
  diffusion::Vae vae_;
  LatentPool pool_;
  std::int64_t batch_size_;
  bool bf16_;
};

}  // namespace base_training
