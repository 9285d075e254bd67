#include "sampler/sampler.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "models/open_model.h"
#include "sampler/model_identity.h"

namespace sampler {
namespace {

constexpr std::size_t kContextRows = 4;

[[noreturn]] void refuse(const std::string& cause) {
  throw executor::Error("protocol", "encoded.v1: " + cause, "the encoder has a fault");
}

std::vector<float> floats_of(const schemas::TensorView& tensor) {
  std::vector<float> values(tensor.bytes.size() / sizeof(float));
  std::memcpy(values.data(), tensor.bytes.view().data(), tensor.bytes.size());
  return values;
}

bool all_positive(const std::vector<std::int64_t>& shape) {
  return std::all_of(shape.begin(), shape.end(), [](std::int64_t extent) { return extent > 0; });
}

Material material_of(const schemas::Encoded& encoded, const schemas::Message& in) {
  const auto mean = schemas::find_tensor(encoded.tensors, in, "mean", "f32");
  const auto logvar = schemas::find_tensor(encoded.tensors, in, "logvar", "f32");
  if (mean.shape.size() != 4 || !all_positive(mean.shape)) {
    refuse("'mean' is not [pictures, channels, height, width]");
  }
  if (logvar.shape != mean.shape) refuse("'logvar' has another shape than 'mean'");
  if (!(std::isfinite(encoded.scaling_factor) && encoded.scaling_factor > 0)) {
    refuse("scaling_factor is not above 0");
  }
  return {.shape = {mean.shape[1], mean.shape[2], mean.shape[3]},
          .mean = floats_of(mean),
          .logvar = floats_of(logvar),
          .prior = {},
          .scaling_factor = encoded.scaling_factor};
}

schemas::Message training_of(const schemas::Encoded& encoded,
                             const schemas::TrainSettings& settings, const schemas::Message& in) {
  const auto context = schemas::find_tensor(encoded.tensors, in, "context", "f32");
  if (context.shape.size() != 3 || context.shape[0] != kContextRows ||
      !all_positive(context.shape)) {
    refuse("'context' is not [4, length, dim]");
  }
  schemas::Training training{.settings = settings, .tensors = {}};
  std::vector<schemas::Blob> blobs;
  schemas::add_tensor(training.tensors, blobs, "context", "f32", context.shape, context.bytes);
  if (settings.train_text_encoder) {
    const auto ids = schemas::find_tensor(encoded.tensors, in, "ids", "i64");
    schemas::add_tensor(training.tensors, blobs, "ids", "i64", ids.shape, ids.bytes);
  }
  return schemas::Message::of(training, std::move(blobs));
}

}  // namespace

Sampler::Sampler(const executor::Setup& setup)
    : batch_size_(setup.params.get<std::int64_t>("train_batch_size")),
      num_train_timesteps_(setup.params.get<std::int64_t>("num_train_timesteps")),
      category_(LatentCache(setup.home / "cache" / "prior"),
                identity_of_model(models::open_model(setup)),
                setup.params.get<std::int64_t>("prior_batch")) {}

void Sampler::process(const schemas::Message& in, executor::Outbox& out) {
  const auto encoded = in.as<schemas::Encoded>();
  auto settings = encoded.settings;
  if (settings.train_batch_size == 0) settings.train_batch_size = batch_size_;
  if (settings.train_batch_size < 1 || settings.train_batch_size > kMaxBatchSize) {
    refuse("train_batch_size is " + std::to_string(settings.train_batch_size));
  }
  if (settings.gradient_accumulation_steps < 1 ||
      settings.gradient_accumulation_steps > kMaxAccumulation) {
    refuse("gradient_accumulation_steps is " +
           std::to_string(settings.gradient_accumulation_steps));
  }
  if (settings.num_class_images < 0) refuse("num_class_images is negative");
  if (settings.prior_loss_weight == 0) settings.num_class_images = 0;
  const auto training = training_of(encoded, settings, in);
  auto material = material_of(encoded, in);
  material.prior = category_.collect(settings, material.shape, out);
  out.send(training);
  Batches batches(std::move(material), settings.seed,
                  settings.train_batch_size * settings.gradient_accumulation_steps,
                  num_train_timesteps_);
  const auto from_step = static_cast<std::int64_t>(in.from_step);
  for (auto step = from_step; step < settings.max_train_steps; ++step) out.send(batches.at(step));
}

}  // namespace sampler
