#include "diffusion/checkpoint.h"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>

#include <charconv>
#include <map>
#include <utility>
#include <vector>

#if __has_include(<torch/headeronly/version.h>)
#include <torch/headeronly/version.h>
#else
#include <torch/version.h>
#endif

#include "diffusion/error.h"
#include "diffusion/safetensors.h"

namespace diffusion {
namespace {

using Metadata = std::map<std::string, std::string>;

constexpr const char* kFormat = "souvenir-checkpoint-1";

std::string exact(double value) {
  char text[64];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  return {text, end};
}

// What a bit-equal continuation needs to be the same.
Metadata conditions(const AdamW& optimizer) {
  return {{"libtorch", TORCH_VERSION},
          {"threads", std::to_string(at::get_num_threads())},
          {"device", optimizer.parameters().front().device().str()},
          {"dtype", c10::toString(optimizer.parameters().front().scalar_type())}};
}

// What a continuation of the same run cannot have otherwise.
Metadata settings(const AdamW& optimizer) {
  const auto& options = optimizer.options();
  return {{"learning_rate", exact(options.learning_rate)},
          {"beta1", exact(options.beta1)},
          {"beta2", exact(options.beta2)},
          {"epsilon", exact(options.epsilon)},
          {"weight_decay", exact(options.weight_decay)}};
}

std::vector<std::pair<std::string, at::Tensor>> state_of(const NamedTensors& weights,
                                                         const AdamW& optimizer,
                                                         const NamedTensors& others) {
  std::vector<std::pair<std::string, at::Tensor>> state(others);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const auto& [name, weight] = weights[i];
    state.emplace_back("weight." + name, weight);
    state.emplace_back("exp_avg." + name, optimizer.exp_avg()[i]);
    state.emplace_back("exp_avg_sq." + name, optimizer.exp_avg_sq()[i]);
  }
  return state;
}

[[noreturn]] void fail(const SafetensorsFile& file, const std::string& cause) {
  throw Error(file.path().string() + ": " + cause);
}

std::string value_of(const SafetensorsFile& file, const std::string& key) {
  const auto at = file.metadata().find(key);
  if (at == file.metadata().end()) fail(file, "is not a checkpoint: \"" + key + "\" is missing");
  return at->second;
}

std::int64_t count_of(const SafetensorsFile& file, const std::string& key) {
  const auto text = value_of(file, key);
  std::int64_t count = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (failure != std::errc() || end != text.data() + text.size() || count < 0) {
    fail(file, "\"" + key + "\" is \"" + text + "\", not a count");
  }
  return count;
}

void check_settings(const SafetensorsFile& file, const AdamW& optimizer) {
  if (value_of(file, "souvenir") != kFormat) fail(file, "is a checkpoint of another version");
  for (const auto& [key, value] : settings(optimizer)) {
    const auto saved = value_of(file, key);
    if (saved == value) continue;
    fail(file, "was written with " + key + " " + saved + ", but this run has " + value +
                   "; continue with the same options, or start anew");
  }
}

std::string differing_conditions(const SafetensorsFile& file, const AdamW& optimizer) {
  std::string note;
  for (const auto& [key, value] : conditions(optimizer)) {
    const auto saved = value_of(file, key);
    if (saved != value)
      note += (note.empty() ? "" : ", ") + key + " was " + saved + ", is " + value;
  }
  return note;
}

void check_tensors(const SafetensorsFile& file,
                   const std::vector<std::pair<std::string, at::Tensor>>& state) {
  if (file.names().size() != state.size()) fail(file, "is a checkpoint of another model");
  for (const auto& [name, target] : state) {
    if (!file.contains(name)) fail(file, "is of another model: it has no \"" + name + "\"");
    const auto saved = file.tensor(name);
    if (saved.sizes() != target.sizes() || saved.scalar_type() != target.scalar_type()) {
      fail(file, "is of another model: \"" + name + "\" has another shape or dtype");
    }
  }
}

}  // namespace

void write_checkpoint(const std::filesystem::path& folder, std::int64_t step,
                      const NamedTensors& weights, const AdamW& optimizer,
                      const NamedTensors& others) {
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  if (failure) throw Error(folder.string() + ": cannot be made: " + failure.message());
  Metadata metadata = conditions(optimizer);
  metadata.merge(settings(optimizer));
  metadata["souvenir"] = kFormat;
  metadata["step"] = std::to_string(step);
  metadata["optimizer_steps"] = std::to_string(optimizer.steps_done());
  const auto state = state_of(weights, optimizer, others);
  save_safetensors(folder / kCheckpointFile, {state.begin(), state.end()}, metadata);
}

Resumed read_checkpoint(const std::filesystem::path& folder, const NamedTensors& weights,
                        AdamW& optimizer, const NamedTensors& others) {
  const SafetensorsFile file(folder / kCheckpointFile);
  const auto state = state_of(weights, optimizer, others);
  check_settings(file, optimizer);
  check_tensors(file, state);
  const Resumed resumed{count_of(file, "step"), differing_conditions(file, optimizer)};
  const auto optimizer_steps = count_of(file, "optimizer_steps");
  const at::NoGradGuard no_gradients;
  for (const auto& [name, target] : state) target.copy_(file.tensor(name));
  optimizer.set_steps_done(optimizer_steps);
  return resumed;
}

}  // namespace diffusion
