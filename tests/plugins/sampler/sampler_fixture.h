#pragma once

#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "executor/files/temporary_folder.h"
#include "sampler/sampler.h"
#include "schemas/generate.h"
#include "schemas/transfer.h"
#include "store/job_capabilities.h"
#include "store/replay_file.h"
#include "tests/fakes.h"

namespace tests {

inline schemas::Blob blob_of(const std::vector<float>& values) {
  return schemas::Blob(
      std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)));
}

template <typename T>
std::vector<T> values_of(const schemas::TensorView& tensor) {
  std::vector<T> values(tensor.bytes.size() / sizeof(T));
  std::memcpy(values.data(), tensor.bytes.view().data(), tensor.bytes.size());
  return values;
}

inline constexpr std::int64_t kChannels = 4, kHeight = 2, kWidth = 3;
inline constexpr std::size_t kValues = 24;
inline constexpr const char* kJob = "j-1";

/// A sampler on a folder of its own, and a /prior that draws the number of its seed's index.
class Bench {
 public:
  Bench() {
    std::filesystem::create_directories(home.path() / "model" / "unet");
    write_model("weights");
    outbox.answers["/store"] = [](const schemas::Message& asked) {
      return schemas::Message::of(schemas::SameDisk{asked.as<schemas::SameDisk>().token, true});
    };
    outbox.answers["/prior"] = [](const schemas::Message& asked) { return draw(asked); };
  }

  void write_model(const std::string& bytes) {
    std::ofstream(home.path() / "model" / "unet" / "weights.safetensors") << bytes;
  }

  executor::Setup setup() const {
    const std::vector<executor::Param> declared = {
        {.name = "model", .default_value = std::string(), .help = ""},
        {.name = "train_batch_size", .default_value = std::int64_t{2}, .help = ""},
        {.name = "strategy", .default_value = std::string("big"), .help = ""},
        {.name = "general_prior", .default_value = 0.25, .help = ""},
        {.name = "prior_batch", .default_value = std::int64_t{8}, .help = ""},
        {.name = "num_train_timesteps", .default_value = std::int64_t{1000}, .help = ""}};
    return {.params = executor::Params(declared, {{"model", (home.path() / "model").string()}}),
            .name = "sampler",
            .home = home.path(),
            .loading = [](const std::string&) {}};
  }

  /// Latents whose every number is that of its seed, between 0 and 1.
  static schemas::Message draw(const schemas::Message& asked) {
    const auto prior = asked.as<schemas::Prior>();
    std::vector<float> values;
    for (const auto seed : prior.settings.seeds) {
      values.insert(values.end(), kValues, static_cast<float>(seed >> 40) * 0x1p-24F);
    }
    return latents(prior.settings, values, static_cast<std::int64_t>(prior.settings.seeds.size()));
  }

  static schemas::Message latents(const schemas::DrawSettings& settings,
                                  const std::vector<float>& values, std::int64_t count) {
    schemas::Latents drawn{.settings = settings, .tensors = {}};
    std::vector<schemas::Blob> blobs;
    schemas::add_tensor(drawn.tensors, blobs, "latents", "f32", {count, kChannels, kHeight, kWidth},
                        blob_of(values));
    return schemas::Message::of(drawn, std::move(blobs));
  }

  static schemas::TrainSettings settings() {
    schemas::TrainSettings settings;
    settings.identifier = "sks";
    settings.category = "dog";
    settings.base = "pretrained";
    settings.category_prompt = "a dog";
    settings.learning_rate = 1e-4;
    settings.lr_scheduler = "constant";
    settings.train_text_encoder = false;
    settings.max_train_steps = 5;
    settings.num_class_images = 12;
    settings.num_inference_steps = 20;
    settings.guidance_scale = 7.5;
    settings.seed = 42;
    return settings;
  }

  /// The same for the metamodel, which has learned a dog and a cat before.
  schemas::TrainSettings meta() const {
    auto meta = settings();
    meta.target_model = "meta";
    meta.version = "v-3";
    meta.replay = {{"brc", "dog", "a brc dog", "v-1"}, {"kpk", "cat", "a kpk cat", "v-2"}};
    for (const char* version : {"v-1", "v-2"}) {
      const float number = version[2] == '1' ? 100 : 200;
      store::write_replay(store::replay_folder(home.path(), version),
                          {.mean = std::vector<float>(2 * kValues, number),
                           .logvar = std::vector<float>(2 * kValues, -30)},
                          {kChannels, kHeight, kWidth});
    }
    return allowed(meta);
  }

  /// With what the registry lets the job do.
  schemas::TrainSettings allowed(schemas::TrainSettings planned) const {
    schemas::Message in;
    in.job = in.root = kJob;
    store::add_capabilities(planned, in, store::CapabilityKey(home.path()));
    return planned;
  }

  /// Picture p has mean p + 1 everywhere and a deviation of next to nothing.
  static schemas::Message encoded(const schemas::TrainSettings& settings, std::int64_t pictures = 3,
                                  float logvar = -30) {
    std::vector<float> mean;
    for (std::int64_t p = 0; p < pictures; ++p) {
      mean.insert(mean.end(), kValues, static_cast<float>(p + 1));
    }
    schemas::Encoded body{.settings = settings, .scaling_factor = 0.5, .tensors = {}};
    std::vector<schemas::Blob> blobs;
    const std::vector<std::int64_t> shape = {pictures, kChannels, kHeight, kWidth};
    schemas::add_tensor(body.tensors, blobs, "mean", "f32", shape, blob_of(mean));
    schemas::add_tensor(body.tensors, blobs, "logvar", "f32", shape,
                        blob_of(std::vector<float>(mean.size(), logvar)));
    const auto prompts = schemas::prompts_of(settings).size();
    schemas::add_tensor(body.tensors, blobs, "context", "f32",
                        {static_cast<std::int64_t>(prompts), 2, 2},
                        blob_of(std::vector<float>(prompts * 4, 0.25F)));
    auto message = schemas::Message::of(body, std::move(blobs));
    message.job = message.root = kJob;
    return message;
  }

  files::TemporaryFolder home;
  RecordingOutbox outbox;
};

/// How many prior rows of all steps name each row of the context.
inline std::map<std::int64_t, int> prior_prompts(const std::vector<schemas::Message>& sent) {
  std::map<std::int64_t, int> counts;
  for (std::size_t i = 1; i < sent.size(); ++i) {
    const auto batch = sent[i].as<schemas::TrainBatch>();
    const auto prompts =
        values_of<std::int64_t>(schemas::find_tensor(batch.tensors, sent[i], "prompts", "i64"));
    for (std::size_t row = static_cast<std::size_t>(batch.instances); row < prompts.size(); ++row) {
      ++counts[prompts[row]];
    }
  }
  return counts;
}

}  // namespace tests
