#include "sampler/batches.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

namespace sampler {
namespace {

std::vector<double> shares_of(const std::vector<PriorSource>& sources) {
  std::vector<double> shares;
  for (const auto& source : sources) shares.push_back(source.share);
  return shares;
}

template <typename T>
schemas::Blob blob_of(const std::vector<T>& values) {
  std::string bytes(values.size() * sizeof(T), '\0');
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return schemas::Blob(std::move(bytes));
}

// Each source shuffles its pictures by itself.
std::uint64_t seed_of(std::uint64_t seed, std::size_t source) {
  constexpr std::uint64_t kApart = 0x9E3779B97F4A7C15;
  return seed + kApart * source;
}

}  // namespace

std::size_t PriorSource::pictures(std::size_t values_of_one) const {
  return (drawn.empty() ? learned.mean : drawn).size() / values_of_one;
}

Batches::Batches(Material material, std::uint64_t seed, std::int64_t batch_size,
                 std::int64_t num_train_timesteps)
    : material_(std::move(material)),
      seed_(seed),
      batch_size_(batch_size),
      rows_(material_.prior.empty() ? batch_size : 2 * batch_size),
      num_train_timesteps_(num_train_timesteps),
      values_(values_of(material_.shape)),
      instance_order_(seed, Purpose::instance_order,
                      static_cast<std::uint32_t>(material_.instance.mean.size() / values_)) {
  if (material_.prior.empty()) return;
  slots_.emplace(shares_of(material_.prior), seed);
  for (std::size_t s = 0; s < material_.prior.size(); ++s) {
    prior_order_.emplace_back(seed_of(seed, s), Purpose::prior_order,
                              static_cast<std::uint32_t>(material_.prior[s].pictures(values_)));
  }
}

schemas::Message Batches::at(std::int64_t step) {
  const auto& [channels, height, width] = material_.shape;
  const std::vector<std::int64_t> shape = {rows_, channels, height, width};
  const auto drawn = rows(step);
  schemas::TrainBatch batch{.step = step, .instances = batch_size_, .tensors = {}};
  std::vector<schemas::Blob> blobs;
  schemas::add_tensor(batch.tensors, blobs, "latents", "f32", shape, blob_of(drawn.latents));
  schemas::add_tensor(batch.tensors, blobs, "noise", "f32", shape,
                      blob_of(normal(Purpose::noise, step, rows_)));
  schemas::add_tensor(batch.tensors, blobs, "timesteps", "i64", {rows_}, blob_of(timesteps(step)));
  schemas::add_tensor(batch.tensors, blobs, "prompts", "i64", {rows_}, blob_of(drawn.prompts));
  return schemas::Message::of(batch, std::move(blobs));
}

std::vector<float> Batches::normal(Purpose purpose, std::int64_t step, std::int64_t rows) const {
  std::vector<float> values(static_cast<std::size_t>(rows) * values_);
  Generator(seed_, purpose, static_cast<std::uint64_t>(step)).fill_normal(values);
  return values;
}

Batches::Rows Batches::rows(std::int64_t step) {
  const auto count = static_cast<std::size_t>(batch_size_);
  Rows result{std::vector<float>(static_cast<std::size_t>(rows_) * values_),
              std::vector<std::int64_t>(static_cast<std::size_t>(rows_), 0)};
  const auto eps = normal(Purpose::posterior, step, batch_size_);
  const auto replay_eps = normal(Purpose::replay, step, rows_ - batch_size_);
  const auto scale = static_cast<float>(material_.scaling_factor);
  for (std::size_t row = 0; row < static_cast<std::size_t>(rows_); ++row) {
    float* const out = result.latents.data() + row * values_;
    const std::uint64_t position = static_cast<std::uint64_t>(step) * count + row % count;
    if (row < count) {
      material_.instance.sample(instance_order_.at(position),
                                std::span(eps).subspan(row * values_, values_), scale, out);
    } else {
      const auto own = std::span(replay_eps).subspan((row - count) * values_, values_);
      result.prompts[row] = put_prior(position, own, out);
    }
  }
  return result;
}

std::int64_t Batches::put_prior(std::uint64_t slot, std::span<const float> eps, float* latents) {
  const auto [source, turn] = slots_->at(slot);
  const auto& prior = material_.prior[source];
  const std::size_t picture = prior_order_[source].at(turn);
  if (prior.drawn.empty()) {
    prior.learned.sample(picture, eps, static_cast<float>(material_.scaling_factor), latents);
  } else {
    std::copy_n(prior.drawn.data() + picture * values_, values_, latents);
  }
  return prior.prompt;
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
