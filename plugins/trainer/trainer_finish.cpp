// What a trainer shows of a model, and what becomes of it after the last step.
#include <sstream>
#include <utility>

#include "compute/clear_errors.h"
#include "compute/tensors.h"
#include "compute/wait_for_disk_space.h"
#include "executor/fault_point.h"
#include "schemas/generate.h"
#include "store/replay_file.h"
#include "store/transfer_client.h"
#include "store/version_folder.h"
#include "trainer/interpolation.h"
#include "trainer/retention_check.h"
#include "trainer/slow_work.h"
#include "trainer/trainer.h"

namespace trainer {
namespace {

schemas::DrawSettings recipe_of(const TrainingJob& job) {
  const auto& settings = job.settings();
  schemas::DrawSettings recipe;
  recipe.version = settings.version;
  recipe.prompt = settings.validation_prompt;
  recipe.target_model = settings.target_model;
  recipe.identifier = settings.identifier;
  recipe.category = settings.category;
  recipe.seeds = job.sample_seeds();
  recipe.num_inference_steps = settings.num_inference_steps;
  recipe.guidance_scale = settings.guidance_scale;
  recipe.scheduler = job.scheduler();
  recipe.grid = recipe.seeds.size() > 1;
  return recipe;
}

}  // namespace

void Trainer::mix(const Running& running, executor::Outbox& out) const {
  auto& job = *running.job;
  auto progress = running.progress();
  progress.text = "weighing the new version against the one before";
  const auto share = interpolate(home_, job, [&] { out.progress(progress); });
  if (!share) return;
  std::ostringstream text;
  text << "went " << *share << " of the way from the version before";
  progress.text = text.str();
  out.progress(progress);
}

void Trainer::show_samples(const Running& running, executor::Outbox& out) const {
  auto& job = *running.job;
  auto progress = running.progress();
  progress.text = "step " + std::to_string(job.steps_done()) + ": drawing sample pictures";
  schemas::Latents latents;
  latents.settings = recipe_of(job);
  std::vector<schemas::Blob> blobs;
  compute::add_tensor(latents.tensors, blobs, "latents", job.sample([&](int, int) {
    if (out.cancelled()) return false;
    out.progress(progress);
    return true;
  }));
  auto pictures = out.call(kPicture, schemas::Message::of(latents, std::move(blobs)));
  progress.text = "step " + std::to_string(job.steps_done()) + ": sample pictures";
  out.progress(progress, std::move(pictures.blobs));
}

void Trainer::finish(const schemas::Message& in, const Running& running, executor::Outbox& out) {
  auto& job = *running.job;
  schemas::Trained trained;
  trained.train_s = job.seconds();
  auto progress = running.progress();
  progress.text = "checking what the new version draws";
  job.check_sample([&](int, int) {
    if (out.cancelled()) return false;
    out.progress(progress);
    return true;
  });
  progress.text = "looking at what was learned earlier";
  out.progress(progress);
  trained.retention = check_retention(home_, job, [&] { out.progress(progress); });
  progress.text = "writing the new version";
  out.progress(progress);
  compute::with_clear_errors("unavailable", kDiskHint, [&] {
    // What was learned in an hour is not thrown away for want of a few megabytes.
    compute::wait_for_disk_space(out, progress, [&] {
      out.expect_silence(time_to_write_ms(job));  // of each try
      executor::fault_point("version.begin");
      job.write(store::staging_folder(home_, job.settings().version), model_, hash_);
    });
  });
  executor::fault_point("version.written");
  if (!running.at_home) deliver(in, running, out);
  trained.settings = job.settings();
  trained.steps = job.steps_done();
  const auto losses = job.final_losses();
  trained.loss = losses.loss;
  trained.instance_loss = losses.instance_loss;
  trained.prior_loss = losses.prior_loss;
  out.send(schemas::Message::of(trained));
}

// What is written here goes where the registry publishes it from.
void Trainer::deliver(const schemas::Message& in, const Running& running, executor::Outbox& out) {
  const auto& job = *running.job;
  const auto& version = job.settings().version;
  store::TransferClient transfers(
      home_, out, in, schemas::capabilities_of(job.settings()),
      report_to(out, job.steps(), job.steps_done(), running.mirrored_step));
  const auto memory = store::staged_replay_folder(home_, version);
  if (std::filesystem::exists(memory)) {
    transfers.send(schemas::kReplayFolder, version, memory);
  }
  const auto staging = store::staging_folder(home_, version);
  transfers.send(schemas::kVersionFolder, version, staging);
  checkpoints_.drop_staged(version);
  executor::fault_point("version.delivered");
}

}  // namespace trainer
