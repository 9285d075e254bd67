#include "flow/command/estimate.h"

#include <algorithm>
#include <cstdio>
#include <iostream>

#include "executor/error.h"
#include "flow/command/asked_model.h"
#include "flow/command/bench_calls.h"
#include "flow/command/failure.h"
#include "flow/command/json.h"
#include "flow/command/model_facts.h"
#include "flow/command/stage_params.h"
#include "flow/file/flow.h"
#include "schemas/presets.h"
#include "schemas/targets.h"

namespace flow::command {
namespace {

constexpr std::int64_t kMeasuredSteps = 3;
constexpr std::int64_t kMeasuredImages = 4;
constexpr double kGiB = 1024.0 * 1024 * 1024;
constexpr double kBytesPerTrained = 4.0 * 4;  // float32: weight, gradient, two moments of AdamW

struct Estimate {
  std::string model;
  std::size_t pictures = 0;
  ModelFacts facts;
  std::int64_t steps = 0;
  std::int64_t batch_size = 0;
  std::int64_t category_pictures = 0;
  double learning_rate = 0;
  schemas::BenchTrain step;  // what is measured
  schemas::TrainTimes train;
  schemas::GenerateTimes generate;

  double weights_GiB() const {
    return static_cast<double>(facts.unet_parameters) * kBytesPerTrained / kGiB;
  }
  double train_s() const { return train.s_per_step * static_cast<double>(steps); }
  double category_s() const {
    const auto rounds = (category_pictures + kMeasuredImages - 1) / kMeasuredImages;
    return generate.warm_s * static_cast<double>(rounds);
  }
};

Estimate planned(const Flow& flow, const schemas::Finetune& request, std::size_t pictures) {
  Estimate estimate;
  const auto model = find_param<std::string>(flow, "/finetune", {"model"});
  if (!model) throw executor::Error("bad_config", "no stage of /finetune has a parameter 'model'");
  estimate.model = *model;
  estimate.pictures = pictures;
  estimate.facts = read_model_facts(*model, schemas::is_metamodel(request.target_model));
  estimate.steps = request.max_train_steps.value_or(estimate.facts.max_train_steps *
                                                    schemas::steps_factor(request.preset));
  const auto own = find_param<std::int64_t>(flow, "/finetune", {"train_batch_size", "batch"});
  estimate.batch_size =
      request.train_batch_size.value_or(estimate.facts.train_batch_size.value_or(own.value_or(1)));
  estimate.step.n = estimate.batch_size;
  estimate.step.size = estimate.facts.size;
  estimate.step.steps = kMeasuredSteps;
  if (request.mixed_precision == schemas::kBf16) estimate.step.dtype = "bf16";
  estimate.step.gradient_checkpointing = request.gradient_checkpointing;
  estimate.step.gradient_accumulation_steps = request.gradient_accumulation_steps;
  estimate.step.train_text_encoder =
      request.train_text_encoder.value_or(estimate.facts.train_text_encoder);
  estimate.category_pictures = request.num_class_images.value_or(estimate.facts.num_class_images);
  estimate.learning_rate = request.learning_rate.value_or(estimate.facts.learning_rate);
  return estimate;
}

void measure(Estimate& estimate, const Places& places, ProgressView& view) {
  view.note("measuring " + std::to_string(kMeasuredSteps) + " training steps and one drawing");
  ModelBench bench(places, estimate.model, view);
  estimate.train = bench.train(estimate.step);
  schemas::BenchGenerate generate;
  generate.steps = estimate.facts.num_inference_steps;
  generate.images = kMeasuredImages;
  generate.size = estimate.facts.size;
  estimate.generate = bench.generate(generate);
}

Json json_of(const Estimate& e) {
  return {{"dry_run", true},
          {"model", e.model},
          {"pictures", e.pictures},
          {"steps", e.steps},
          {"train_batch_size", e.batch_size},
          {"learning_rate", e.learning_rate},
          {"category_pictures", e.category_pictures},
          {"size", e.facts.size},
          {"unet_parameters", e.facts.unet_parameters},
          {"weights_GiB", e.weights_GiB()},
          {"memory_GiB", e.train.rss_GiB},
          {"s_per_step", e.train.s_per_step},
          {"train_s", e.train_s()},
          {"category_s", e.category_s()},
          {"total_s", e.train_s() + e.category_s()}};
}

void print_text(const Estimate& e) {
  std::printf("model              %s, %lld px, UNet of %.1f million parameters\n", e.model.c_str(),
              static_cast<long long>(e.facts.size),
              static_cast<double>(e.facts.unet_parameters) / 1e6);
  std::printf("pictures           %zu\n", e.pictures);
  std::printf("steps              %lld of %lld + %lld pictures, learning rate %g\n",
              static_cast<long long>(e.steps), static_cast<long long>(e.batch_size),
              static_cast<long long>(e.batch_size), e.learning_rate);
  std::printf("category pictures  %lld to draw, unless some are kept already\n",
              static_cast<long long>(e.category_pictures));
  std::printf(
      "memory             %.2f GiB measured while training (weights, gradients and moments "
      "are %.2f GiB of it)\n",
      e.train.rss_GiB, e.weights_GiB());
  std::printf("time               %s: drawing %s, training %s (%.3f s per step, measured here)\n",
              duration_text(e.train_s() + e.category_s()).c_str(),
              duration_text(e.category_s()).c_str(), duration_text(e.train_s()).c_str(),
              e.train.s_per_step);
}

}  // namespace

int print_estimate(const Context& context, const Places& places, const schemas::Finetune& request,
                   std::size_t pictures, ProgressView& view) {
  const Flow flow = load_flow(default_flow(places), places.run, places.share);
  for (const auto& note : ask_about_models(flow)) view.note("note: " + note);
  Estimate estimate = planned(flow, request, pictures);
  measure(estimate, places, view);
  if (context.json) {
    print_json(json_of(estimate));
  } else {
    print_text(estimate);
  }
  return exit_code::kOk;
}

}  // namespace flow::command
