#include "diffusion/training/checkpoint.h"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#if __has_include(<torch/headeronly/version.h>)
#include <torch/headeronly/version.h>
#else
#include <torch/version.h>
#endif

#include "diffusion/formats/diffusion_error.h"
#include "diffusion/formats/safetensors.h"
#include "executor/files/checksums.h"

namespace diffusion {
namespace {

constexpr const char* kFormat = "souvenir-checkpoint-2";
constexpr const char* kChecksum = "crc32";
constexpr const char* kUpdates = "optimizer_steps";

// What a bit-equal continuation needs to be the same.
Settings conditions(const AdamW& optimizer) {
  return {{"libtorch", TORCH_VERSION},
          {"threads", std::to_string(at::get_num_threads())},
          {"device", optimizer.parameters().front().device().str()},
          {"dtype", c10::toString(optimizer.parameters().front().scalar_type())}};
}

Settings settings_of(const CheckpointState& state) {
  const auto& options = state.optimizer.options();
  Settings settings = {{"learning_rate", exact(options.learning_rate)},
                       {"beta1", exact(options.beta1)},
                       {"beta2", exact(options.beta2)},
                       {"epsilon", exact(options.epsilon)},
                       {"weight_decay", exact(options.weight_decay)}};
  settings.insert(state.settings.begin(), state.settings.end());
  return settings;
}

NamedTensors tensors_of(const CheckpointState& state) {
  NamedTensors tensors(state.averages);
  for (std::size_t i = 0; i < state.weights.size(); ++i) {
    const auto& [name, weight] = state.weights[i];
    tensors.emplace_back("weight." + name, weight);
    tensors.emplace_back("exp_avg." + name, state.optimizer.exp_avg()[i]);
    tensors.emplace_back("exp_avg_sq." + name, state.optimizer.exp_avg_sq()[i]);
  }
  return tensors;
}

// Over all that a checkpoint says, in an order of its own: a file's may be another.
std::string checksum_of(Settings metadata, NamedTensors tensors) {
  metadata.erase(kChecksum);
  std::sort(tensors.begin(), tensors.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  files::Crc32 sum;
  const auto add = [&](const std::string& text) { sum.add(text + '\n'); };
  for (const auto& [key, value] : metadata) {
    add(key);
    add(value);
  }
  for (const auto& [name, tensor] : tensors) {
    add(name);
    const auto data = tensor.detach().cpu().contiguous();
    sum.add({static_cast<const char*>(data.const_data_ptr()), data.nbytes()});
  }
  return sum.digits();
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

void check_settings(const SafetensorsFile& file, const CheckpointState& state) {
  if (value_of(file, "souvenir") != kFormat) fail(file, "is a checkpoint of another version");
  for (const auto& [key, value] : settings_of(state)) {
    const auto saved = value_of(file, key);
    if (saved == value) continue;
    fail(file, "was written with " + key + " " + saved + ", but this run has " + value +
                   "; continue with the same options, or start from scratch");
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

void check_tensors(const SafetensorsFile& file, const NamedTensors& tensors) {
  if (file.names().size() != tensors.size()) fail(file, "is a checkpoint of another model");
  for (const auto& [name, target] : tensors) {
    if (!file.contains(name)) fail(file, "is of another model: it has no \"" + name + "\"");
    const auto saved = file.tensor(name);
    if (saved.sizes() != target.sizes() || saved.scalar_type() != target.scalar_type()) {
      fail(file, "is of another model: \"" + name + "\" has another shape or dtype");
    }
  }
}

void check_whole(const SafetensorsFile& file) {
  NamedTensors tensors;
  for (const auto& name : file.names()) tensors.emplace_back(name, file.tensor(name));
  if (checksum_of(file.metadata(), tensors) != value_of(file, kChecksum)) {
    fail(file, "is not as it was written");
  }
}

}  // namespace

std::string exact(double value) {
  char text[64];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  return {text, end};
}

void write_checkpoint(const std::filesystem::path& folder, const CheckpointState& state,
                      std::int64_t updates) {
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  if (failure) throw Error(folder.string() + ": cannot be made: " + failure.message());
  auto metadata = conditions(state.optimizer);
  metadata.merge(settings_of(state));
  metadata["souvenir"] = kFormat;
  metadata[kUpdates] = std::to_string(updates);
  const auto tensors = tensors_of(state);
  metadata[kChecksum] = checksum_of(metadata, tensors);
  save_safetensors(folder / kCheckpointFile, {tensors.begin(), tensors.end()}, metadata);
}

Resumed read_checkpoint(const std::filesystem::path& folder, const CheckpointState& state) {
  const SafetensorsFile file(folder / kCheckpointFile);
  const auto tensors = tensors_of(state);
  check_settings(file, state);
  check_tensors(file, tensors);
  check_whole(file);
  const Resumed resumed{count_of(file, kUpdates), differing_conditions(file, state.optimizer)};
  const at::NoGradGuard no_gradients;
  for (const auto& [name, target] : tensors) target.copy_(file.tensor(name));
  return resumed;
}

}  // namespace diffusion
