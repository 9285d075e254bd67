#pragma once

#include <cstdint>
#include <string>

#include "schemas/codec.h"

namespace schemas {

/// Asks the bench executor to time training steps on the model of its flow. Answered by TrainTimes.
struct BenchTrain {
  static constexpr const char* kType = "bench_train.v1";
  std::int64_t n = 2;  ///< instance pictures per step, with the same number of prior pictures
  std::int64_t size = 64;
  std::int64_t steps = 10;
  std::string dtype = "fp32";  ///< fp32 | bf16
  bool gradient_checkpointing = false;
  /// Parts of a step, each with n instance and n prior pictures.
  std::int64_t gradient_accumulation_steps = 1;
  bool train_text_encoder = false;
  bool graphs = false;  ///< record a step and replay it (CUDA)
  MSGPACK_DEFINE_MAP(n, size, steps, dtype, gradient_checkpointing, gradient_accumulation_steps,
                     train_text_encoder, graphs)
};

struct TrainTimes {
  static constexpr const char* kType = "train_times.v1";
  double s_per_step = 0;  ///< median
  double min = 0;
  double rss_GiB = 0;      ///< peak
  double growth_MiB = 0;   ///< growth of the memory in use, over the counted steps
  double tflops = 0;       ///< 10^12 operations per second, in convolutions and matrix products
  double peak_tflops = 0;  ///< the same for a plain matrix product
  MSGPACK_DEFINE_MAP(s_per_step, min, rss_GiB, growth_MiB, tflops, peak_tflops)
};

/// Asks the bench executor to time drawing. Answered by GenerateTimes.
struct BenchGenerate {
  static constexpr const char* kType = "bench_generate.v1";
  std::int64_t steps = 20;
  std::int64_t images = 4;
  std::int64_t size = 64;
  std::string dtype = "fp32";  ///< what the UNet computes in: fp32 | bf16
  bool graphs = false;         ///< record the network once per request and replay it (CUDA)
  MSGPACK_DEFINE_MAP(steps, images, size, dtype, graphs)
};

struct GenerateTimes {
  static constexpr const char* kType = "generate_times.v1";
  double load_s = 0;  ///< until the models are ready
  double first_s = 0;
  double warm_s = 0;  ///< median
  double rss_GiB = 0;
  double tflops = 0;  ///< as in TrainTimes
  double peak_tflops = 0;
  MSGPACK_DEFINE_MAP(load_s, first_s, warm_s, rss_GiB, tflops, peak_tflops)
};

}  // namespace schemas
