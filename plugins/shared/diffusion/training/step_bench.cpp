#include "diffusion/training/step_bench.h"

#include <ATen/Generator.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <functional>
#include <optional>
#include <vector>

#include "diffusion/formats/diffusion_error.h"
#include "diffusion/formats/tokenizer.h"
#include "diffusion/networks/allocator.h"
#include "diffusion/networks/text_encoder.h"
#include "diffusion/networks/vae.h"
#include "diffusion/training/dreambooth.h"
#include "diffusion/training/flop_count.h"
#include "diffusion/training/sample.h"

namespace diffusion {
namespace {

constexpr int kWarmUpSteps = 2;
constexpr double kGuidanceScale = 7.5;
constexpr double kPasses = 3;  // a backward pass is two products for each one of the forward pass
constexpr double kLoraPasses = 2;  // and one where the weight stays
constexpr double kTera = 1e12;

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

double used_MiB() {
  double total_pages = 0, resident_pages = 0;
  std::ifstream("/proc/self/statm") >> total_pages >> resident_pages;
  return resident_pages * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
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
  batch.ids = at::zeros({rows, length}, at::kLong);
  batch.ids.narrow(0, n, n).fill_(1);
  return batch;
}

}  // namespace

TrainBench bench_train(const std::filesystem::path& model_folder, int n, int size_px, int steps,
                       const TrainOptions& options, bool train_text_encoder) {
  require_positive(n, "n");
  require_positive(size_px, "size");
  require_positive(steps, "steps");
  tune_allocator();
  UNet unet(model_folder);
  const Vae vae(model_folder);
  const NoiseSchedule schedule(model_folder);
  const int length = Tokenizer(model_folder / "tokenizer").model_max_length();
  const auto batch = [&] { return random_batch(unet, vae, schedule, n, size_px, length); };
  const double flops = count_flops([&, one = batch()] {
    const at::NoGradGuard no_gradients;
    unet.forward(one.latents, one.timesteps, one.context);
  });
  TrainBench result;
  result.peak_tflops =
      matrix_product_tflops(unet.device(), options.bf16 ? at::kBFloat16 : at::kFloat);
  std::optional<TextEncoder> text_encoder;
  if (train_text_encoder) text_encoder.emplace(model_folder);
  DreamBooth training(unet, schedule, options, text_encoder ? &*text_encoder : nullptr);
  const auto step = [&] {
    training.step(batch());
    synchronize(unet.device());
  };
  for (int i = 0; i < kWarmUpSteps; ++i) step();
  const double used = used_MiB();
  std::vector<double> times;
  for (int i = 0; i < steps; ++i) times.push_back(seconds_of(step));
  result.growth_MiB = used_MiB() - used;
  result.s_per_step = median(times);
  result.min = *std::min_element(times.begin(), times.end());
  result.rss_GiB = peak_GiB();
  result.tflops = (options.adapter ? kLoraPasses : kPasses) * flops / result.s_per_step / kTera;
  return result;
}

GenerateBench bench_generate(const std::filesystem::path& model_folder, int steps, int images,
                             int size_px, bool bf16, bool graph, int repeat) {
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
    unet->channels_last();
    if (bf16) unet->compute_in(at::kBFloat16);
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
                         embed("a dog"), embed(""), {steps, kGuidanceScale, graph});
      vae->decode(latents / vae->scaling_factor()).cpu();
    };
  });
  double flops = 0;
  result.first_s = seconds_of([&] { flops = count_flops(generate); });
  std::vector<double> times;
  for (int i = 0; i < repeat; ++i) times.push_back(seconds_of(generate));
  result.warm_s = median(times);
  result.rss_GiB = peak_GiB();
  result.tflops = flops / result.warm_s / kTera;
  result.peak_tflops = matrix_product_tflops(best_device(), bf16 ? at::kBFloat16 : at::kFloat);
  return result;
}

}  // namespace diffusion
