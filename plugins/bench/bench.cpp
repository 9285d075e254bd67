#include "diffusion/training/step_bench.h"

#include <string>

#include "compute/clear_errors.h"
#include "compute/pretrained_folder.h"
#include "executor/plugin.h"
#include "schemas/bench.h"
#include "store/layout.h"

namespace bench {
namespace {

constexpr std::int64_t kMaxSteps = 1000;
constexpr std::int64_t kMaxPictures = 64;
constexpr std::int64_t kMinSizePx = 8;
constexpr std::int64_t kMaxSizePx = 2048;

int within(const char* name, std::int64_t value, std::int64_t least, std::int64_t most) {
  if (value >= least && value <= most) return static_cast<int>(value);
  throw executor::Error("bad_input", std::string(name) + " must be " + std::to_string(least) +
                                         " to " + std::to_string(most) + ", not " +
                                         std::to_string(value));
}

bool wants_bf16(const std::string& dtype) {
  if (dtype == "fp32" || dtype == "bf16") return dtype == "bf16";
  throw executor::Error("bad_input", "dtype is " + dtype, "use fp32 or bf16");
}

/// Times training steps and drawing on the model of its flow. Loads the model again for each
/// request and frees it after, so that the figures hold for a fresh process.
class Bench : public executor::Executor {
 public:
  explicit Bench(const executor::Setup& setup) : model_(compute::pretrained_folder(setup)) {}

  void process(const schemas::Message& in, executor::Outbox& out) override {
    compute::with_clear_errors("bad_input", "", [&] {
      if (in.type == schemas::BenchTrain::kType) {
        out.send(schemas::Message::of(train(in.as<schemas::BenchTrain>())));
      } else {
        out.send(schemas::Message::of(generate(in.as<schemas::BenchGenerate>())));
      }
    });
  }

 private:
  schemas::TrainTimes train(const schemas::BenchTrain& asked) const {
    diffusion::TrainOptions options;
    options.bf16 = wants_bf16(asked.dtype);
    options.gradient_checkpointing = asked.gradient_checkpointing;
    options.graph = asked.graphs;
    options.gradient_accumulation_steps =
        within("gradient_accumulation_steps", asked.gradient_accumulation_steps, 1, kMaxPictures);
    const int pictures = within("n", asked.n, 1, kMaxPictures) *
                         static_cast<int>(options.gradient_accumulation_steps);
    const auto times = diffusion::bench_train(
        model_, pictures, within("size", asked.size, kMinSizePx, kMaxSizePx),
        within("steps", asked.steps, 1, kMaxSteps), options, asked.train_text_encoder);
    return {times.s_per_step, times.min,    times.rss_GiB,
            times.growth_MiB, times.tflops, times.peak_tflops};
  }

  schemas::GenerateTimes generate(const schemas::BenchGenerate& asked) const {
    const auto times = diffusion::bench_generate(model_, within("steps", asked.steps, 1, kMaxSteps),
                                                 within("images", asked.images, 1, kMaxPictures),
                                                 within("size", asked.size, kMinSizePx, kMaxSizePx),
                                                 wants_bf16(asked.dtype), asked.graphs);
    return {times.load_s,  times.first_s, times.warm_s,
            times.rss_GiB, times.tflops,  times.peak_tflops};
  }

  std::filesystem::path model_;
};

std::vector<executor::Handler> handlers() {
  return {{schemas::BenchTrain::kType, {schemas::TrainTimes::kType}},
          {schemas::BenchGenerate::kType, {schemas::GenerateTimes::kType}}};
}

std::vector<executor::Param> params() {
  return {{"model", std::string(), "folder of the model to time, as diffusers writes it"}};
}

}  // namespace
}  // namespace bench

// A run says nothing until it is over: a beat in the middle would be part of what is timed.
SOUVENIR_PLUGIN(bench::Bench, .name = "bench", .help = "Times training steps and drawing.",
                .handlers = bench::handlers(), .params = bench::params(), .gpu = true,
                .silence_ms = 3'600'000, .writes = store::declared({store::converted_models}))
