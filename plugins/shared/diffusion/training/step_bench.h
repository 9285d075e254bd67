#pragma once

#include <filesystem>

#include "diffusion/training/dreambooth.h"

namespace diffusion {

/// Figures of bench_train().
struct TrainBench {
  double s_per_step = 0;  ///< median
  double min = 0;         ///< seconds
  double rss_GiB = 0;     ///< peak of the process
  double growth_MiB = 0;  ///< of the memory in use, from the first step counted to the last
  /// Operations of the forward pass (flop_count.h) times 3, for it and the backward pass, over
  /// s_per_step.
  double tflops = 0;
  double peak_tflops = 0;  ///< of a plain matrix product here and now
};

/// Figures of bench_generate().
struct GenerateBench {
  double load_s = 0;
  double first_s = 0;  ///< the first request after loading
  double warm_s = 0;   ///< median of the requests after it
  double rss_GiB = 0;  ///< peak of the process
  double tflops = 0;   ///< operations of a request over warm_s
  double peak_tflops = 0;
};

/// Trains `steps` steps (after two that are not counted) with `n` instance and `n` prior rows of
/// random latents and contexts, pictures of `size_px` pixels; `train_text_encoder` puts a prompt
/// for each half in place of the contexts.
TrainBench bench_train(const std::filesystem::path& model_folder, int n, int size_px, int steps,
                       const TrainOptions& options = {}, bool train_text_encoder = false);

/// Loads the model, then generates `images` pictures of `size_px` pixels from one prompt: text
/// encoder, `steps` guided steps, VAE decoder; once, and `repeat` times more. The UNet computes in
/// bfloat16 when `bf16`, and by SampleOptions::graph when `graph`.
GenerateBench bench_generate(const std::filesystem::path& model_folder, int steps, int images,
                             int size_px, bool bf16 = false, bool graph = false, int repeat = 3);

}  // namespace diffusion
