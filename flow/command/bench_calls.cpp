#include "flow/command/bench_calls.h"

#include "executor/error.h"
#include "flow/command/interrupt.h"

namespace flow::command {
namespace {

std::map<std::string, std::string> environment_of(const std::filesystem::path& model) {
  if (!std::filesystem::is_directory(model)) {
    throw executor::Error("not_found", "there is no model folder " + model.string(),
                          "--model takes a diffusers folder of Stable Diffusion");
  }
  return {{"SOUVENIR_BENCH_MODEL", std::filesystem::absolute(model).string()}};
}

}  // namespace

ModelBench::ModelBench(const Places& places, const std::filesystem::path& model, ProgressView& view)
    : view_(view),
      server_(places.share / "bench.toml", home_.path(), environment_of(model), view) {}

schemas::TrainTimes ModelBench::train(const schemas::BenchTrain& request) {
  return ask("/bench/train", schemas::Message::of(request)).as<schemas::TrainTimes>();
}

schemas::GenerateTimes ModelBench::generate(const schemas::BenchGenerate& request) {
  return ask("/bench/generate", schemas::Message::of(request)).as<schemas::GenerateTimes>();
}

schemas::Message ModelBench::ask(const std::string& endpoint, const schemas::Message& request) {
  Observer observer;
  observer.progress = [this](const auto& progress, const auto&) { view_.show(progress); };
  observer.interrupted = interrupted;
  const auto answers = server_.client().call(endpoint, request, observer);
  if (answers.size() != 1) {
    throw executor::Error("protocol", endpoint + " gave " + std::to_string(answers.size()) +
                                          " answers instead of one");
  }
  return answers.front();
}

}  // namespace flow::command
