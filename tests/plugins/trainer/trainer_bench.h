#pragma once

#include "tests/catch_torch.h"

#include "trainer/trainer.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "compute/tensors.h"
#include "diffusion/networks/text_encoder.h"
#include "diffusion/training/model_folder.h"
#include "executor/files/temporary_folder.h"
#include "schemas/generate.h"
#include "store/job_capabilities.h"
#include "store/transfer_client.h"
#include "store/version_folder.h"
#include "tests/fakes.h"

namespace fs = std::filesystem;

namespace trainer_test {

inline constexpr const char* kJob = "job-1";

/// A trainer in a SOUVENIR_HOME of its own, and the messages of one job.
struct Bench {
  Bench() {
    restart();
    settings.identifier = "sks";
    settings.base = "pretrained";
    settings.version = "dog-1";
    settings.instance_prompt = "a sks dog";
    settings.learning_rate = 1e-4;
    settings.max_train_steps = 3;
    settings.lr_scheduler = "constant";
    settings.train_text_encoder = false;
    settings.train_batch_size = 1;
    settings.num_class_images = 0;
    settings.num_inference_steps = 2;
    settings.guidance_scale = 4;
    settings.seed = 11;
    out.answers[store::kStoreRoute] = [](const schemas::Message& asked) {
      return schemas::Message::of(schemas::SameDisk{asked.as<schemas::SameDisk>().token, true});
    };
    out.answers["/picture"] = [](const schemas::Message& asked) {
      const auto latents = asked.as<schemas::Latents>();
      CHECK(compute::read_f32(latents.tensors, asked, "latents", 4).sizes() ==
            at::IntArrayRef({2, 4, 8, 8}));
      return schemas::Message::of(schemas::Pictures{},
                                  {schemas::Blob("first"), schemas::Blob("second")});
    };
  }
  /// As a new process, to which one attempt of the job may come.
  void restart() {
    trainer.reset();
    trainer = std::make_unique<trainer::Trainer>(
        executor::Setup{.params = {trainer::params(), {{"model", std::string(TINY_MODEL)}}},
                        .name = "trainer",
                        .home = home,
                        .loading = [](const std::string&) {},
                        .open_jobs = {kJob}});
  }

  /// The bytes of the version that steps from..max_train_steps-1 of one attempt end in.
  std::string train_on(std::uint64_t epoch_in, std::uint64_t from_step_in) {
    epoch = epoch_in;
    from_step = from_step_in;
    begin();
    for (auto i = static_cast<std::int64_t>(from_step); i < settings.max_train_steps; ++i) step(i);
    return bytes();
  }

  std::string bytes() const {
    const auto folder = store::staging_folder(home, settings.version);
    std::ifstream in(folder / "unet" / "diffusion_pytorch_model.safetensors", std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  void begin() {
    schemas::Training training;
    training.settings = allowed(settings);
    std::vector<schemas::Blob> blobs;
    const auto generator = at::detail::createCPUGenerator(1);
    compute::add_tensor(training.tensors, blobs, "context",
                        at::randn({context_rows, 24, 24}, generator));
    if (*settings.train_text_encoder) {
      compute::add_tensor(training.tensors, blobs, "ids",
                          at::randint(50, {4, 24}, generator, at::kLong));
    }
    process(schemas::Message::of(training, std::move(blobs)));
  }

  void step(std::int64_t number, double scale = 1) {
    schemas::TrainBatch batch;
    batch.step = number;
    batch.instances = std::max<std::int64_t>(1, rows / 2);
    std::vector<schemas::Blob> blobs;
    const auto generator = at::detail::createCPUGenerator(static_cast<std::uint64_t>(number) + 5);
    const std::vector<std::int64_t> shape = {rows, 4, 8, 8};
    auto prompts = at::ones({rows}, at::kLong);
    prompts.narrow(0, 0, batch.instances).zero_();
    compute::add_tensor(batch.tensors, blobs, "latents", at::randn(shape, generator) * scale);
    compute::add_tensor(batch.tensors, blobs, "noise", at::randn(shape, generator));
    compute::add_tensor(batch.tensors, blobs, "timesteps",
                        at::randint(1000, {rows}, generator, at::kLong));
    compute::add_tensor(batch.tensors, blobs, "prompts", prompts);
    process(schemas::Message::of(batch, std::move(blobs)));
  }

  /// With what the registry lets this attempt of the job do.
  schemas::TrainSettings allowed(schemas::TrainSettings planned,
                                 const std::string& job = kJob) const {
    schemas::Message in;
    in.job = in.root = job;
    in.epoch = epoch;
    store::add_capabilities(planned, in, store::CapabilityKey(home));
    return planned;
  }

  void process(schemas::Message message) {
    message.job = message.root = kJob;
    message.epoch = epoch;
    message.from_step = from_step;
    trainer->process(message, out);
  }

  std::vector<tests::RecordingOutbox::Asked> pictures_asked() const {
    std::vector<tests::RecordingOutbox::Asked> pictures;
    for (const auto& asked : out.asked) {
      if (asked.endpoint == "/picture") pictures.push_back(asked);
    }
    return pictures;
  }

  std::string code_of(const std::function<void()>& work) {
    try {
      work();
    } catch (const executor::Error& e) {
      return e.code();
    }
    return "";
  }

  std::uint64_t epoch = 1, from_step = 0;
  std::int64_t context_rows = 4;  ///< prompts of the job
  files::TemporaryFolder temporary;
  fs::path home = temporary.path();
  schemas::TrainSettings settings;
  std::int64_t rows = 2;  ///< of a batch: instance pictures, and from 2 on as many prior pictures
  std::unique_ptr<trainer::Trainer> trainer;
  tests::RecordingOutbox out;
};

}  // namespace trainer_test
