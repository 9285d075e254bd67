// A sampler to swap in: pictures in turn instead of drawn, and timesteps in equal strides through
// the noise schedule with one random offset a batch, so that every batch sees every noise level.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>

#include "executor/plugin.h"
#include "schemas/generate.h"
#include "schemas/training.h"

namespace {

using Floats = std::vector<float>;
constexpr std::int64_t kDrawnAtOnce = 4;  // category pictures asked for in one call

template <typename T>
schemas::Blob blob_of(const std::vector<T>& values) {
  return schemas::Blob({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)});
}

Floats floats_of(const schemas::Blob& blob) {
  Floats values(blob.size() / sizeof(float));
  if (!values.empty()) std::memcpy(values.data(), blob.view().data(), blob.size());
  return values;
}

/// Rows of equal size, one after another.
struct Rows {
  std::vector<std::int64_t> shape;  ///< [rows, channels, height, width]
  Floats values;
  std::size_t row_size() const { return values.size() / static_cast<std::size_t>(shape.at(0)); }
};

class SamplerPlain final : public executor::Executor {
 public:
  explicit SamplerPlain(const executor::Setup& setup)
      : batch_(setup.params.get<std::int64_t>("batch")),
        class_images_(setup.params.get<std::int64_t>("class_images")),
        timesteps_(setup.params.get<std::int64_t>("timesteps")) {}

  void process(const schemas::Message& in, executor::Outbox& out) override {
    auto encoded = in.as<schemas::Encoded>();
    auto& settings = encoded.settings;
    if (!settings.train_batch_size) settings.train_batch_size = batch_;
    if (settings.num_class_images == 0) settings.num_class_images = class_images_;
    // An option that nobody has settled has no value to compute with.
    if (const auto open = schemas::open_option(settings); !open.empty()) {
      throw executor::Error("protocol", std::string(open) + " is left open");
    }
    const Rows mean = rows_of(encoded.tensors, in, "mean");
    const Rows logvar = rows_of(encoded.tensors, in, "logvar");
    if (mean.shape != logvar.shape) {
      throw executor::Error("protocol", "mean and logvar differ in shape");
    }
    const Rows prior = draw_prior(settings, out);
    if (prior.row_size() != mean.row_size()) {
      throw executor::Error("protocol", "category latents and pictures differ in size");
    }
    send_training(settings, encoded.tensors, in, out);
    for (std::int64_t step = 0; step < *settings.max_train_steps; ++step) {
      out.send(batch_of(step, encoded, mean, logvar, prior));
    }
  }

 private:
  static Rows rows_of(const std::vector<schemas::Tensor>& tensors, const schemas::Message& message,
                      const char* name) {
    auto found = schemas::find_tensor(tensors, message, name, "f32");
    if (found.shape.size() != 4 || found.bytes.size() == 0) {
      throw executor::Error("protocol", std::string(name) + " is not [rows, 4, height, width]");
    }
    return {found.shape, floats_of(found.bytes)};
  }

  // Asks the generator for latents of the category, some at a time so that progress shows.
  static Rows draw_prior(const schemas::TrainSettings& settings, executor::Outbox& out) {
    Rows all;
    const std::int64_t total = *settings.num_class_images;
    for (std::int64_t done = 0; done < total; done += kDrawnAtOnce) {
      schemas::Prior prior;
      prior.settings.version = "pretrained";
      prior.settings.prompt = settings.category_prompt;
      prior.settings.target_model = "pretrained";
      prior.settings.category = settings.category;
      prior.settings.num_inference_steps = settings.num_inference_steps;
      prior.settings.guidance_scale = settings.guidance_scale;
      for (std::int64_t i = done; i < std::min(total, done + kDrawnAtOnce); ++i) {
        prior.settings.seeds.push_back(*settings.seed + static_cast<std::uint64_t>(i));
      }
      out.progress({.text = "drawing category pictures", .step = done, .total = total});
      const auto answer = out.call("/prior", schemas::Message::of(prior));
      const Rows drawn = rows_of(answer.as<schemas::Latents>().tensors, answer, "latents");
      if (all.shape.empty()) all.shape = {0, drawn.shape[1], drawn.shape[2], drawn.shape[3]};
      all.shape[0] += drawn.shape[0];
      all.values.insert(all.values.end(), drawn.values.begin(), drawn.values.end());
    }
    return all;
  }

  static void send_training(const schemas::TrainSettings& settings,
                            const std::vector<schemas::Tensor>& tensors, const schemas::Message& in,
                            executor::Outbox& out) {
    schemas::Training training;
    training.settings = settings;
    std::vector<schemas::Blob> blobs;
    const auto context = schemas::find_tensor(tensors, in, "context", "f32");
    schemas::add_tensor(training.tensors, blobs, "context", "f32", context.shape, context.bytes);
    // A text encoder that learns needs the prompts' token ids, not what it once made of them.
    if (settings.train_text_encoder.value_or(false)) {
      const auto ids = schemas::find_tensor(tensors, in, "ids", "i64");
      schemas::add_tensor(training.tensors, blobs, "ids", "i64", ids.shape, ids.bytes);
    }
    out.send(schemas::Message::of(training, std::move(blobs)));
  }

  // A pure function of (seed, step): the same job gives the same batches.
  schemas::Message batch_of(std::int64_t step, const schemas::Encoded& encoded, const Rows& mean,
                            const Rows& logvar, const Rows& prior) const {
    const auto& settings = encoded.settings;
    const std::int64_t n = *settings.train_batch_size;
    const std::size_t size = mean.row_size();
    std::seed_seq seeds{*settings.seed, *settings.seed >> 32, static_cast<std::uint64_t>(step)};
    std::mt19937_64 random(seeds);
    std::normal_distribution<float> normal;
    Floats latents(2 * static_cast<std::size_t>(n) * size), noise(latents.size());
    std::vector<std::int64_t> timesteps, prompts;
    const double offset = std::uniform_real_distribution<>()(random);
    for (std::int64_t i = 0; i < 2 * n; ++i) {
      const bool instance = i < n;
      const auto pick =
          static_cast<std::size_t>((step * n + i % n) % (instance ? mean : prior).shape[0]) * size;
      float* row = latents.data() + static_cast<std::size_t>(i) * size;
      for (std::size_t k = 0; k < size; ++k) {
        // DreamBooth trains on a sample of the posterior: mean + exp(logvar / 2) x normal.
        row[k] = instance ? static_cast<float>(encoded.scaling_factor) *
                                (mean.values[pick + k] +
                                 std::exp(0.5f * logvar.values[pick + k]) * normal(random))
                          : prior.values[pick + k];
        noise[static_cast<std::size_t>(i) * size + k] = normal(random);
      }
      const double place = (static_cast<double>(i % n) + offset) / static_cast<double>(n);
      timesteps.push_back(static_cast<std::int64_t>(place * static_cast<double>(timesteps_)));
      prompts.push_back(instance ? 0 : 1);
    }
    schemas::TrainBatch batch{.step = step, .instances = n};
    std::vector<schemas::Blob> blobs;
    const std::vector<std::int64_t> shape{2 * n, mean.shape[1], mean.shape[2], mean.shape[3]};
    schemas::add_tensor(batch.tensors, blobs, "latents", "f32", shape, blob_of(latents));
    schemas::add_tensor(batch.tensors, blobs, "noise", "f32", shape, blob_of(noise));
    schemas::add_tensor(batch.tensors, blobs, "timesteps", "i64", {2 * n}, blob_of(timesteps));
    schemas::add_tensor(batch.tensors, blobs, "prompts", "i64", {2 * n}, blob_of(prompts));
    return schemas::Message::of(batch, std::move(blobs));
  }

  std::int64_t batch_;
  std::int64_t class_images_;
  std::int64_t timesteps_;
};

}  // namespace

SOUVENIR_PLUGIN(
    SamplerPlain, .name = "sampler_plain",
    .help = "Batches of pictures in turn, with timesteps in equal strides",
    .handlers = {{.accepts = "encoded.v1", .emits = {"training.v1", "batch.v1"}, .stream = true}},
    .calls = {{.endpoint = "/prior", .sends = "prior.v1", .returns = "latents.v1"}},
    .params =
        {{.name = "batch", .default_value = std::int64_t{2}, .help = "N", .min = 1, .max = 64},
         {.name = "class_images",
          .default_value = std::int64_t{16},
          .help = "category pictures drawn",
          .min = 1,
          .max = 1000},
         {.name = "timesteps",
          .default_value = std::int64_t{1000},
          .help = "length of the noise schedule",
          .min = 1,
          .max = 100000}},
    .silence_ms = 120'000)
