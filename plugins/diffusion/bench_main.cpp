// diffusion_bench train MODEL N SIZE STEPS | generate MODEL STEPS IMAGES SIZE: one JSON line.
#include <cstdio>
#include <exception>
#include <string>

#include "diffusion/bench.h"

namespace {

int train(char** arguments) {
  const auto result = diffusion::bench_train(arguments[0], std::stoi(arguments[1]),
                                             std::stoi(arguments[2]), std::stoi(arguments[3]));
  std::printf("{\"s_per_step\": %.4f, \"min\": %.4f, \"rss_GiB\": %.2f}\n", result.s_per_step,
              result.min, result.rss_GiB);
  return 0;
}

int generate(char** arguments) {
  const auto result = diffusion::bench_generate(arguments[0], std::stoi(arguments[1]),
                                                std::stoi(arguments[2]), std::stoi(arguments[3]));
  std::printf("{\"load_s\": %.3f, \"first_s\": %.3f, \"warm_s\": %.3f, \"rss_GiB\": %.2f}\n",
              result.load_s, result.first_s, result.warm_s, result.rss_GiB);
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  try {
    const std::string what = count == 6 ? arguments[1] : "";
    if (what == "train") return train(arguments + 2);
    if (what == "generate") return generate(arguments + 2);
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
