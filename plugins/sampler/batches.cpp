#include "sampler/batches.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

namespace sampler {
namespace {

std::vector<double> shares_of(const std::vector<Source>& sources) {
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

std::size_t Source::pictures(std::size_t values_of_one) const {
  return (drawn.empty() ? learned.mean : drawn).size() / values_of_one;
}

Rows::Rows(std::vector<Source> sources, files::Purpose purpose, std::uint64_t seed,
           std::size_t values, double scaling_factor)
    : sources_(std::move(sources)),
      slots_(shares_of(sources_), seed),
      values_(values),
      scale_(static_cast<float>(scaling_factor)) {
  for (std::size_t s = 0; s < sources_.size(); ++s) {
    pictures_.emplace_back(seed_of(seed, s), purpose,
                           static_cast<std::uint32_t>(sources_[s].pictures(values_)));
  }
}

std::int64_t Rows::put(std::uint64_t slot, std::span<const float> eps, float* latents) {
  const auto [place, turn] = slots_.at(slot);
  const auto& source = sources_[place];
  const std::size_t picture = pictures_[place].at(turn);
  if (source.drawn.empty()) {
    source.learned.sample(picture, eps, scale_, latents);
  } else {
    std::copy_n(source.drawn.data() + picture * values_, values_, latents);
  }
  return source.prompt;
}

Batches::Batches(Material material, std::uint64_t seed, std::int64_t batch_size,
                 std::int64_t num_train_timesteps)
    : shape_(material.shape),
      seed_(seed),
      batch_size_(batch_size),
      rows_(material.prior.empty() ? batch_size : 2 * batch_size),
      num_train_timesteps_(num_train_timesteps),
      values_(store::values_of(shape_)),
      instance_(std::move(material.instance), files::Purpose::instance_order, seed, values_,
                material.scaling_factor) {
  if (material.prior.empty()) return;
  prior_.emplace(std::move(material.prior), files::Purpose::prior_order, seed, values_,
                 material.scaling_factor);
}

schemas::Message Batches::at(std::int64_t step) {
  const auto& [channels, height, width] = shape_;
  const std::vector<std::int64_t> shape = {rows_, channels, height, width};
  const auto drawn = rows(step);
  schemas::TrainBatch batch{.step = step, .instances = batch_size_, .tensors = {}};
  std::vector<schemas::Blob> blobs;
  schemas::add_tensor(batch.tensors, blobs, "latents", "f32", shape, blob_of(drawn.latents));
  schemas::add_tensor(batch.tensors, blobs, "noise", "f32", shape,
                      blob_of(normal(files::Purpose::noise, step, rows_)));
  schemas::add_tensor(batch.tensors, blobs, "timesteps", "i64", {rows_}, blob_of(timesteps(step)));
  schemas::add_tensor(batch.tensors, blobs, "prompts", "i64", {rows_}, blob_of(drawn.prompts));
  return schemas::Message::of(batch, std::move(blobs));
}

std::vector<float> Batches::normal(files::Purpose purpose, std::int64_t step,
                                   std::int64_t rows) const {
  std::vector<float> values(static_cast<std::size_t>(rows) * values_);
  files::RandomStream(seed_, purpose, static_cast<std::uint64_t>(step)).fill_normal(values);
  return values;
}

Batches::Drawn Batches::rows(std::int64_t step) {
  const auto count = static_cast<std::size_t>(batch_size_);
  Drawn result{std::vector<float>(static_cast<std::size_t>(rows_) * values_),
               std::vector<std::int64_t>(static_cast<std::size_t>(rows_))};
  const auto eps = normal(files::Purpose::posterior, step, batch_size_);
  const auto prior_eps = normal(files::Purpose::replay, step, rows_ - batch_size_);
  for (std::size_t row = 0; row < static_cast<std::size_t>(rows_); ++row) {
    const bool is_instance = row < count;
    const auto place = row % count;
    const auto slot = static_cast<std::uint64_t>(step) * count + place;
    const auto own = std::span(is_instance ? eps : prior_eps).subspan(place * values_, values_);
    result.prompts[row] =
        (is_instance ? instance_ : *prior_).put(slot, own, result.latents.data() + row * values_);
  }
  return result;
}

std::vector<std::int64_t> Batches::timesteps(std::int64_t step) const {
  files::RandomStream generator(seed_, files::Purpose::timesteps, static_cast<std::uint64_t>(step));
  std::vector<std::int64_t> result(static_cast<std::size_t>(rows_));
  for (auto& timestep : result) {
    timestep = generator.below(static_cast<std::uint32_t>(num_train_timesteps_));
  }
  return result;
}

}  // namespace sampler
