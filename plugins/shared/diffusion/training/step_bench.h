#pragma once

#include <filesystem>

#include "diffusion/training/dreambooth.h"

namespace diffusion {

/// The results of bench_train().
struct TrainBench {
  double s_per_step = 0;  ///< median
  double min = 0;         ///< seconds
  double rss_GiB = 0;     ///< peak of the process
  double growth_MiB = 0;  ///< growth of the memory in use, from the first measured step to the last
  /// 3 times the operations of the forward pass (flop_count.h), to include the backward pass,
  /// divided by s_per_step. Twice for a LoRA: weights that stay need no gradients.
  double tflops = 0;
  double peak_tflops = 0;  ///< of a plain matrix product on this machine
};

/// The results of bench_generate().
struct GenerateBench {
  double load_s = 0;
  double first_s = 0;  ///< the first request after loading
  double warm_s = 0;   ///< median of the later requests
  double rss_GiB = 0;  ///< peak of the process
  double tflops = 0;   ///< operations of a request divided by warm_s
  double peak_tflops = 0;
};

/// Trains `steps` steps (after two warm-up steps) with `n` instance and `n` prior rows of random
/// latents and contexts, for pictures of `size_px` pixels. With `train_text_encoder`, a prompt for
/// each half replaces the contexts.
TrainBench bench_train(const std::filesystem::path& model_folder, int n, int size_px, int steps,
                       const TrainOptions& options = {}, bool train_text_encoder = false);

/// Loads the model, then draws `images` pictures of `size_px` pixels from one prompt: text encoder,
/// `steps` guided steps, VAE decoder; once, and then `repeat` more times. With `bf16` the UNet
/// computes in bfloat16; `graph` sets SampleOptions::graph.
GenerateBench bench_generate(const std::filesystem::path& model_folder, int steps, int images,
                             int size_px, bool bf16 = false, bool graph = false, int repeat = 3);

}  // namespace diffusion
