#include "diffusion/bench.h"

#include <ATen/Generator.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <vector>

#include "diffusion/allocator.h"
#include "diffusion/dreambooth.h"
#include "diffusion/error.h"
#include "diffusion/sample.h"
#include "diffusion/text_encoder.h"
#include "diffusion/tokenizer.h"
#include "diffusion/vae.h"

namespace diffusion {
namespace {

constexpr int kWarmUpSteps = 2;
constexpr double kGuidanceScale = 7.5;

double seconds_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

double peak_GiB() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / (1 << 20);
}

void require_positive(int value, const char* name) {
  if (value < 1) throw Error(std::string(name) + " must be at least 1");
}

Batch random_batch(const UNet& unet, const Vae& vae, const NoiseSchedule& schedule, int n,
                   int size_px, std::int64_t length) {
  const std::int64_t rows = 2 * n, side = size_px / vae.factor();
  Batch batch;
  batch.latents = at::randn({rows, unet.in_channels(), side, side});
  batch.noise = at::randn(batch.latents.sizes());
  batch.timesteps = at::randint(schedule.num_train_timesteps(), {rows}, at::kLong);
  batch.context = at::randn({rows, length, unet.context_dim()});
  batch.instances = n;
  return batch;
}

}  // namespace

TrainBench bench_train(const std::filesystem::path& model_folder, int n, int size_px, int steps) {
  require_positive(n, "n");
  require_positive(size_px, "size");
  require_positive(steps, "steps");
  tune_allocator();
  UNet unet(model_folder);
  const Vae vae(model_folder);
  const NoiseSchedule schedule(model_folder);
  const int length = Tokenizer(model_folder / "tokenizer").model_max_length();
  DreamBooth training(unet, schedule, {});
  const auto step = [&] { training.step(random_batch(unet, vae, schedule, n, size_px, length)); };
  for (int i = 0; i < kWarmUpSteps; ++i) step();
  std::vector<double> times;
  for (int i = 0; i < steps; ++i) times.push_back(seconds_of(step));
  return {median(times), *std::min_element(times.begin(), times.end()), peak_GiB()};
}

GenerateBench bench_generate(const std::filesystem::path& model_folder, int steps, int images,
                             int size_px, int repeat) {
  require_positive(images, "images");
  require_positive(size_px, "size");
  require_positive(repeat, "repeat");
  tune_allocator();
  GenerateBench result;
  std::function<void()> generate;
  result.load_s = seconds_of([&] {
    const auto tokenizer = std::make_shared<Tokenizer>(model_folder / "tokenizer");
    const auto text = std::make_shared<TextEncoder>(model_folder);
    const auto unet = std::make_shared<UNet>(model_folder);
    const auto vae = std::make_shared<Vae>(model_folder);
    const auto config = SchedulerConfig::from_model_folder(model_folder);
    generate = [=] {
      const auto embed = [&](const char* prompt) {
        const auto ids = tokenizer->encode(prompt);
        return text->encode(at::tensor(ids).to(at::kLong).unsqueeze(0));
      };
      const std::int64_t side = size_px / vae->factor();
      const auto latents =
          sample_latents(*unet, config, at::randn({images, unet->in_channels(), side, side}),
                         embed("a dog"), embed(""), {steps, kGuidanceScale});
      vae->decode(latents / vae->scaling_factor()).cpu();
    };
  });
  result.first_s = seconds_of(generate);
  std::vector<double> times;
  for (int i = 0; i < repeat; ++i) times.push_back(seconds_of(generate));
  result.warm_s = median(times);
  result.rss_GiB = peak_GiB();
  return result;
}

}  // namespace diffusion
