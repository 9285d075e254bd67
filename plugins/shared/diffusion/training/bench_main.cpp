// diffusion_bench train MODEL N SIZE STEPS | generate MODEL STEPS IMAGES SIZE: one JSON line.
// train takes more of `bf16`, `gradient_checkpointing` and `lora` after its numbers.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "diffusion/training/step_bench.h"

namespace {

int train(const std::vector<std::string>& arguments) {
  diffusion::TrainOptions options;
  for (std::size_t i = 4; i < arguments.size(); ++i) {
    options.bf16 |= arguments[i] == "bf16";
    options.gradient_checkpointing |= arguments[i] == "gradient_checkpointing";
    if (arguments[i] == "lora") options.adapter.emplace();
  }
  const auto result =
      diffusion::bench_train(arguments[0], std::stoi(arguments[1]), std::stoi(arguments[2]),
                             std::stoi(arguments[3]), options);
  std::printf(
      "{\"s_per_step\": %.4f, \"min\": %.4f, \"rss_GiB\": %.2f, \"growth_MiB\": %.1f, "
      "\"tflops\": %.4f, \"peak_tflops\": %.4f, \"peak_share\": %.3f}\n",
      result.s_per_step, result.min, result.rss_GiB, result.growth_MiB, result.tflops,
      result.peak_tflops, result.tflops / result.peak_tflops);
  return 0;
}

int generate(const std::vector<std::string>& arguments) {
  const auto result = diffusion::bench_generate(arguments[0], std::stoi(arguments[1]),
                                                std::stoi(arguments[2]), std::stoi(arguments[3]));
  std::printf(
      "{\"load_s\": %.3f, \"first_s\": %.3f, \"warm_s\": %.3f, \"rss_GiB\": %.2f, "
      "\"tflops\": %.4f, \"peak_tflops\": %.4f, \"peak_share\": %.3f}\n",
      result.load_s, result.first_s, result.warm_s, result.rss_GiB, result.tflops,
      result.peak_tflops, result.tflops / result.peak_tflops);
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  try {
    const std::string what = count >= 6 ? arguments[1] : "";
    const std::vector<std::string> rest(arguments + std::min(count, 2), arguments + count);
    if (what == "train") return train(rest);
    if (what == "generate") return generate(rest);
    std::fputs(
        "usage: diffusion_bench train MODEL N SIZE STEPS\n"
        "       diffusion_bench generate MODEL STEPS IMAGES SIZE\n",
        stderr);
    return 2;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
}
