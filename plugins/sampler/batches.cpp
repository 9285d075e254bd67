#include "sampler/batches.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <utility>

namespace sampler {
namespace {

constexpr float kMinLogvar = -30;
constexpr float kMaxLogvar = 20;

std::uint32_t pictures_in(const std::vector<float>& values, const LatentShape& shape) {
  return static_cast<std::uint32_t>(values.size() / values_of(shape));
}

template <typename T>
schemas::Blob blob_of(const std::vector<T>& values) {
  std::string bytes(values.size() * sizeof(T), '\0');
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return schemas::Blob(std::move(bytes));
}

}  // namespace

std::size_t values_of(const LatentShape& shape) {
  return static_cast<std::size_t>(shape[0] * shape[1] * shape[2]);
}

Batches::Batches(Material material, std::uint64_t seed, std::int64_t batch_size,
                 std::int64_t num_train_timesteps)
    : material_(std::move(material)),
      seed_(seed),
      batch_size_(batch_size),
      rows_(material_.prior.empty() ? batch_size : 2 * batch_size),
      num_train_timesteps_(num_train_timesteps),
      values_(values_of(material_.shape)),
      instance_order_(seed, Purpose::instance_order, pictures_in(material_.mean, material_.shape)),
      prior_order_(seed, Purpose::prior_order, pictures_in(material_.prior, material_.shape)) {}

schemas::Message Batches::at(std::int64_t step) {
  const auto& [channels, height, width] = material_.shape;
  const std::vector<std::int64_t> shape = {rows_, channels, height, width};
  std::vector<float> noise(static_cast<std::size_t>(rows_) * values_);
  Generator(seed_, Purpose::noise, static_cast<std::uint64_t>(step)).fill_normal(noise);
  std::vector<std::int64_t> prompts(static_cast<std::size_t>(rows_), 1);
  std::fill_n(prompts.begin(), batch_size_, 0);

  schemas::TrainBatch batch{.step = step, .instances = batch_size_, .tensors = {}};
  std::vector<schemas::Blob> blobs;
  schemas::add_tensor(batch.tensors, blobs, "latents", "f32", shape, blob_of(latents(step)));
  schemas::add_tensor(batch.tensors, blobs, "noise", "f32", shape, blob_of(noise));
  schemas::add_tensor(batch.tensors, blobs, "timesteps", "i64", {rows_}, blob_of(timesteps(step)));
  schemas::add_tensor(batch.tensors, blobs, "prompts", "i64", {rows_}, blob_of(prompts));
  return schemas::Message::of(batch, std::move(blobs));
}

std::vector<float> Batches::latents(std::int64_t step) {
  const auto count = static_cast<std::size_t>(batch_size_);
  std::vector<float> result(static_cast<std::size_t>(rows_) * values_);
  std::vector<float> eps(count * values_);
  Generator(seed_, Purpose::posterior, static_cast<std::uint64_t>(step)).fill_normal(eps);
  for (std::size_t row = 0; row < static_cast<std::size_t>(rows_); ++row) {
    float* const out = result.data() + row * values_;
    const std::uint64_t position = static_cast<std::uint64_t>(step) * count + row % count;
    if (row < count) {
      put_instance(instance_order_.at(position), eps.data() + row * values_, out);
    } else {
      const auto picture = prior_order_.at(position);
      std::copy_n(material_.prior.data() + picture * values_, values_, out);
    }
  }
  return result;
}

void Batches::put_instance(std::uint32_t picture, const float* eps, float* latents) const {
  const float* const mean = material_.mean.data() + picture * values_;
  const float* const logvar = material_.logvar.data() + picture * values_;
  const auto scale = static_cast<float>(material_.scaling_factor);
  for (std::size_t i = 0; i < values_; ++i) {
    const float deviation = std::exp(0.5F * std::clamp(logvar[i], kMinLogvar, kMaxLogvar));
    latents[i] = (mean[i] + deviation * eps[i]) * scale;
  }
}

std::vector<std::int64_t> Batches::timesteps(std::int64_t step) const {
  Generator generator(seed_, Purpose::timesteps, static_cast<std::uint64_t>(step));
  std::vector<std::int64_t> result(static_cast<std::size_t>(rows_));
  for (auto& timestep : result) {
    timestep = generator.below(static_cast<std::uint32_t>(num_train_timesteps_));
  }
  return result;
}

}  // namespace sampler
