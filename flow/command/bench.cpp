#include "schemas/bench.h"

#include <cstdio>
#include <iostream>

#include "flow/command/bench_calls.h"
#include "flow/command/bench_load.h"
#include "flow/command/bench_ring.h"
#include "flow/command/bench_transport.h"
#include "flow/command/context.h"
#include "flow/command/failure.h"
#include "flow/command/interrupt.h"
#include "flow/command/json.h"
#include "schemas/limits.h"

namespace flow::command {
namespace {

struct BenchOptions {
  std::string model;
  schemas::BenchTrain train;
  schemas::BenchGenerate generate;
  std::size_t calls = 1000;
  std::size_t bytes = 0;
  std::string part;
  std::string address;
};

int print_figures(const Context& context, const Json& figures) {
  if (context.json) {
    print_json(figures);
  } else {
    for (const auto& [key, value] : figures.items()) std::cout << key << ' ' << value << '\n';
  }
  return exit_code::kOk;
}

int run_transport(const Context& context, const BenchOptions& options) {
  catch_interrupt();
  ProgressView view(true);
  const auto f = measure_transport(options.calls, options.bytes, view);
  return print_figures(context, {{"start_s", f.start_s},
                                 {"p50_ms", f.p50_ms},
                                 {"p99_ms", f.p99_ms},
                                 {"min_ms", f.min_ms},
                                 {"streamed_req_s", f.streamed_req_s},
                                 {"pss_MiB_total", f.pss_MiB_total},
                                 {"processes", f.processes},
                                 {"stop_s", f.stop_s},
                                 {"ring_p50_ms", f.ring_p50_ms}});
}

int run_train(const Context& context, const BenchOptions& options) {
  catch_interrupt();
  ProgressView view(context.quiet);
  ModelBench bench(find_places(), options.model, view);
  const auto times = bench.train(options.train);
  return print_figures(context, {{"s_per_step", times.s_per_step},
                                 {"min", times.min},
                                 {"rss_GiB", times.rss_GiB},
                                 {"growth_MiB", times.growth_MiB},
                                 {"tflops", times.tflops},
                                 {"peak_tflops", times.peak_tflops},
                                 {"peak_share", times.tflops / times.peak_tflops}});
}

int run_generate(const Context& context, const BenchOptions& options) {
  catch_interrupt();
  ProgressView view(context.quiet);
  ModelBench bench(find_places(), options.model, view);
  const auto times = bench.generate(options.generate);
  return print_figures(context, {{"load_s", times.load_s},
                                 {"first_s", times.first_s},
                                 {"warm_s", times.warm_s},
                                 {"rss_GiB", times.rss_GiB},
                                 {"tflops", times.tflops},
                                 {"peak_tflops", times.peak_tflops},
                                 {"peak_share", times.tflops / times.peak_tflops}});
}

using Options = std::shared_ptr<BenchOptions>;

void add_transport(App& bench, Context& context, const Options& options) {
  auto* command = bench.add_subcommand("transport", "Time a flow of three empty executors");
  command->add_option("--n", &options->calls, "Calls")->check(range(1, 10'000'000));
  command->add_option("--bytes", &options->bytes, "Size of the blob in each call")
      ->check(range(0, schemas::kMaxBlobBytes));
  add_output_options(*command, context);
  command->callback([&context, options] {
    context.action = [&context, options] { return run_transport(context, *options); };
  });
}

void add_train(App& bench, Context& context, const Options& options) {
  auto* command = bench.add_subcommand("train", "Time training steps on a model");
  command->add_option("--model", &options->model, "A Stable Diffusion folder")->required();
  command->add_option("--n", &options->train.n, "N: pictures of the thing, and of its category");
  command->add_option("--size", &options->train.size, "Pixels of a picture's side");
  command->add_option("--steps", &options->train.steps, "Steps to measure");
  command->add_option("--dtype", &options->train.dtype, "fp32 or bf16")
      ->check(one_of({"fp32", "bf16"}));
  command->add_flag("--gradient-checkpointing", options->train.gradient_checkpointing, "");
  command->add_option("--gradient-accumulation-steps", &options->train.gradient_accumulation_steps,
                      "Parts of a step, each with N and N pictures");
  command->add_flag("--train-text-encoder", options->train.train_text_encoder, "");
  command->add_flag("--graphs", options->train.graphs, "CUDA graphs");
  add_output_options(*command, context);
  command->callback([&context, options] {
    context.action = [&context, options] { return run_train(context, *options); };
  });
}

void add_generate_bench(App& bench, Context& context, const Options& options) {
  auto* command = bench.add_subcommand("generate", "Time drawing with a model");
  command->add_option("--model", &options->model, "A Stable Diffusion folder")->required();
  command->add_option("--steps", &options->generate.steps, "Denoising steps");
  command->add_option("--images", &options->generate.images, "Pictures per request");
  command->add_option("--size", &options->generate.size, "Pixels of a picture's side");
  command->add_option("--dtype", &options->generate.dtype, "fp32 or bf16")
      ->check(one_of({"fp32", "bf16"}));
  command->add_flag("--graphs", options->generate.graphs, "CUDA graphs");
  add_output_options(*command, context);
  command->callback([&context, options] {
    context.action = [&context, options] { return run_generate(context, *options); };
  });
}

void add_ring_node(App& bench, Context& context, const Options& options) {
  auto* command = bench.add_subcommand("ring-node", "")->hidden();
  command->add_option("part", &options->part)->required();
  command->add_option("address", &options->address)->required();
  command->callback([&context, options] {
    context.action = [options] { return run_ring_node(options->part, options->address); };
  });
}

}  // namespace

void add_bench(App& app, Context& context) {
  const auto options = std::make_shared<BenchOptions>();
  auto* bench = app.add_subcommand("bench", "Measure this machine");
  bench->require_subcommand(1, 1);
  add_transport(*bench, context, options);
  add_bench_load(*bench, context);
  add_train(*bench, context, options);
  add_generate_bench(*bench, context, options);
  add_ring_node(*bench, context, options);
}

}  // namespace flow::command
