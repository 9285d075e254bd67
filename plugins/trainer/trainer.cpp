#include "trainer/trainer.h"

#include <sstream>
#include <utility>

#include "diffusion/allocator.h"
#include "diffusion/error.h"
#include "executor/fault_point.h"
#include "models/faults.h"
#include "models/version_folder.h"
#include "parcels/carrier.h"
#include "sampler/memory_file.h"
#include "schemas/generate.h"
#include "tensors/tensors.h"
#include "trainer/health.h"
#include "trainer/interpolation.h"
#include "trainer/limits.h"

namespace trainer {
namespace {

constexpr const char* kPicture = "/picture";
constexpr std::uint64_t kWriteAtLeast_ms = 10'000;
constexpr std::uint64_t kSlowDisk_bytes_per_ms = 20'000;
constexpr const char* kDiskHint =
    "make room on the disk of SOUVENIR_HOME, or check its permissions";

// What a slow disk takes for a checkpoint or a version.
std::uint32_t time_to_write_ms(const TrainingJob& job) {
  return static_cast<std::uint32_t>(kWriteAtLeast_ms + job.bytes() / kSlowDisk_bytes_per_ms);
}

// Shows how a transfer goes, and leaves the job's figures as they are.
parcels::Carrier::Report report_to(executor::Outbox& out, std::int64_t total, std::int64_t step,
                                   std::int64_t checkpoint_step) {
  return [&out, total, step, checkpoint_step](const std::string& what, std::uint64_t done,
                                              std::uint64_t all) {
    schemas::Progress progress;
    progress.text =
        what + ": " + std::to_string(done >> 20) + " of " + std::to_string(all >> 20) + " MiB";
    progress.step = step;
    progress.total = total;
    progress.checkpoint_step = checkpoint_step;
    out.progress(progress);
  };
}

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

Trainer::Trainer(const executor::Setup& setup)
    : home_(setup.home),
      model_(models::pretrained_folder(setup)),
      graphs_(setup.params.get<bool>("graphs")),
      mirror_(setup.params.get<std::int64_t>("mirror")) {
  diffusion::tune_allocator();
  drop_checkpoints_but(setup.open_jobs);
}

// Of jobs that ended while no trainer ran.
void Trainer::drop_checkpoints_but(const std::set<std::string>& jobs) const {
  std::error_code ignored;
  std::vector<std::filesystem::path> gone;
  for (const auto& entry : std::filesystem::directory_iterator(home_ / "checkpoints", ignored)) {
    if (!jobs.contains(entry.path().filename().string())) gone.push_back(entry.path());
  }
  for (const auto& folder : gone) std::filesystem::remove_all(folder, ignored);
}

void Trainer::process(const schemas::Message& in, executor::Outbox& out) {
  models::with_clear_errors("bad_input", "", [&] {
    if (in.type == schemas::Training::kType) {
      begin(in, out);
    } else {
      step(in, out);
    }
  });
}

// What the job needs from the registry's host; whether that is this one.
bool Trainer::fetch(const schemas::Message& in, const schemas::TrainSettings& settings,
                    executor::Outbox& out) const {
  parcels::Carrier carrier(home_, out, report_to(out, settings.max_train_steps, 0, 0));
  if (carrier.is_home()) return true;
  carrier.bring_version(settings.base);
  if (settings.target_model == "meta" || settings.target_model == "private_meta") {
    carrier.bring_if_missing(schemas::kMemoryParcel, settings.version,
                             sampler::staged_memory_folder(home_, settings.version));
    for (const auto& thing : settings.replay) {
      carrier.bring_if_missing(schemas::kMemoryParcel, thing.version,
                               sampler::memory_folder(home_, thing.version));
    }
  }
  const auto checkpoint = models::checkpoint_folder(home_, in.job);
  if (in.epoch > 1) {
    carrier.bring_if_missing(schemas::kCheckpointParcel, in.job, checkpoint);
  } else if (mirror_ == 0) {
    out.progress(
        {.text = "warning: checkpoints stay on this host, because the trainer's `mirror` is 0: if "
                 "it is lost, the job begins again at step 0",
         .total = settings.max_train_steps});
  }
  return false;
}

void Trainer::begin(const schemas::Message& in, executor::Outbox& out) {
  const auto training = in.as<schemas::Training>();
  models::check_id(in.job, "job");
  models::check_id(training.settings.version, "version");
  jobs_.erase(in.job);
  Running running;
  running.at_home = fetch(in, training.settings, out);
  const auto base = models::version_folder(home_, model_, training.settings.base);
  schemas::Progress progress;
  progress.text = "loading model " + training.settings.base;
  progress.total = training.settings.max_train_steps;
  out.progress(progress);
  // A copy: the message's memory goes when the message does.
  const auto context = tensors::read_f32(training.tensors, in, "context", 3).clone();
  const auto ids = training.settings.train_text_encoder
                       ? tensors::read_i64(training.tensors, in, "ids", 2).clone()
                       : at::Tensor();
  models::with_clear_errors("bad_config", "", [&] {
    const auto make = [&] {
      return std::make_unique<TrainingJob>(training.settings, base, context, ids, graphs_);
    };
    running.job = make();
    note_before(home_, *running.job);
    // What a checkpoint that cannot be used has changed must not stay.
    if (!resume(in, running, out)) running.job = make();
    jobs_[in.job] = std::move(running);
  });
}

// Why the checkpoint on this disk cannot be gone on from; nothing when it can, and is.
std::string Trainer::load(const schemas::Message& in, Running& running,
                          schemas::Progress& progress) const {
  auto& job = *running.job;
  const auto folder = models::checkpoint_folder(home_, in.job);
  try {
    if (!std::filesystem::exists(folder)) return "there is none";
    const auto note = job.resume(folder);
    if (job.steps_done() < static_cast<std::int64_t>(in.from_step)) {
      return "it is of step " + std::to_string(job.steps_done());
    }
    progress = running.progress();
    progress.text = "resumed at step " + std::to_string(job.steps_done());
    if (!note.empty()) progress.text += "; not bit-equal to an unbroken run: " + note;
    return "";
  } catch (const diffusion::Error& error) {
    return error.what();
  }
}

// The stream begins at from_step. The checkpoint may be newer (the gateway died before it was
// told, or it was not mirrored): then the steps up to there are passed over. It must not be older:
// then the mirrored one is. False when there is none.
bool Trainer::resume(const schemas::Message& in, Running& running, executor::Outbox& out) const {
  if (in.epoch <= 1 && in.from_step == 0) return true;
  if (!running.at_home) running.mirrored_step = static_cast<std::int64_t>(in.from_step);
  schemas::Progress progress;
  auto why = load(in, running, progress);
  if (!why.empty() && !running.at_home && in.from_step > 0) {
    try {
      parcels::Carrier(home_, out)
          .bring(schemas::kCheckpointParcel, in.job, models::checkpoint_folder(home_, in.job));
      why = load(in, running, progress);
    } catch (const executor::Error& error) {
      if (error.code() != "not_found") throw;
    }
  }
  if (why.empty()) {
    out.progress(progress);
    return true;
  }
  if (in.from_step == 0) return false;  // there was nothing to go on from
  throw executor::Error(
      "no_checkpoint",
      "the checkpoint of step " + std::to_string(in.from_step) + " cannot be used: " + why,
      "the job begins again");
}

void Trainer::step(const schemas::Message& in, executor::Outbox& out) {
  const auto found = jobs_.find(in.job);
  if (found == jobs_.end() || !found->second.job) {
    throw executor::Error("protocol", "a batch has come for a job that is not in training",
                          "the first message of the stream must be training.v1");
  }
  auto& running = found->second;
  auto& job = *running.job;
  const auto batch = in.as<schemas::TrainBatch>();
  if (batch.step < job.first_step() && batch.step >= static_cast<std::int64_t>(in.from_step))
    return;
  if (batch.step != job.steps_done() || job.finished()) {
    throw executor::Error("protocol", "the batch of step " + std::to_string(batch.step) +
                                          " has come, but step " +
                                          std::to_string(job.steps_done()) + " is the next");
  }
  diffusion::Batch rows;
  rows.latents = tensors::read_f32(batch.tensors, in, "latents", 4);
  rows.noise = tensors::read_f32(batch.tensors, in, "noise", 4);
  rows.timesteps = tensors::read_i64(batch.tensors, in, "timesteps", 1);
  rows.instances = static_cast<int>(batch.instances);
  const auto parts = job.parts();
  job.step(rows, tensors::read_i64(batch.tensors, in, "prompts", 1));
  if (job.parts() != parts) tell_parts(running, out);

  keep(in, running, out);
  out.progress(running.progress());
  if (job.finished()) mix(running, out);
  if (job.samples_due()) show_samples(running, out);
  if (job.finished()) finish(in, running, out);
}

void Trainer::tell_parts(const Running& running, executor::Outbox& out) const {
  auto progress = running.progress();
  progress.text = "warning: out of memory; from step " + std::to_string(progress.step) +
                  " on a batch is taken in " + std::to_string(running.job->parts()) +
                  " parts, which is not bit-equal to a run with more memory";
  out.progress(progress);
}

void Trainer::keep(const schemas::Message& in, Running& running, executor::Outbox& out) const {
  auto& job = *running.job;
  const bool mirrors =
      !running.at_home && mirror_ > 0 && !job.finished() && job.steps_done() % mirror_ == 0;
  if (!job.checkpoint_due() && !mirrors) return;
  const auto folder = models::checkpoint_folder(home_, in.job);
  out.expect_silence(time_to_write_ms(job));
  executor::fault_point("checkpoint.begin");
  models::with_clear_errors("unavailable", kDiskHint, [&] { job.save_checkpoint(folder); });
  executor::fault_point("checkpoint.written");
  if (!mirrors) return;
  parcels::Carrier(home_, out, report_to(out, job.steps(), job.steps_done(), running.mirrored_step))
      .send(schemas::kCheckpointParcel, in.job, folder, {in.job, in.epoch});
  running.mirrored_step = job.steps_done();
  executor::fault_point("checkpoint.mirrored");
}

// Of checkpoints elsewhere than at home the mirrored ones alone count.
schemas::Progress Trainer::Running::progress() const {
  auto progress = job->progress();
  if (!at_home) progress.checkpoint_step = mirrored_step;
  return progress;
}

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
  tensors::add(latents.tensors, blobs, "latents", job.sample([&](int, int) {
    if (out.cancelled()) return false;
    out.progress(progress);
    return true;
  }));
  auto pictures = out.call(kPicture, schemas::Message::of(latents, std::move(blobs)));
  progress.text = "step " + std::to_string(job.steps_done()) + ": sample pictures";
  out.progress(progress, std::move(pictures.blobs));
}

void Trainer::finish(const schemas::Message& in, const Running& running,
                     executor::Outbox& out) const {
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
  trained.health = check_health(home_, job, [&] { out.progress(progress); });
  progress.text = "writing the new version";
  out.progress(progress);
  out.expect_silence(time_to_write_ms(job));
  models::with_clear_errors("unavailable", kDiskHint, [&] {
    job.write(models::staging_folder(home_, job.settings().version));
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
void Trainer::deliver(const schemas::Message& in, const Running& running,
                      executor::Outbox& out) const {
  const auto& job = *running.job;
  const auto& version = job.settings().version;
  parcels::Carrier carrier(home_, out,
                           report_to(out, job.steps(), job.steps_done(), running.mirrored_step));
  const auto memory = sampler::staged_memory_folder(home_, version);
  if (std::filesystem::exists(memory)) {
    carrier.send(schemas::kMemoryParcel, version, memory, {in.job, in.epoch});
  }
  carrier.send(schemas::kVersionParcel, version, models::staging_folder(home_, version),
               {in.job, in.epoch});
  executor::fault_point("version.delivered");
}

void Trainer::interrupted(const std::string& job) {
  jobs_.erase(job);
}

void Trainer::ended(const std::string& job, executor::Outcome) {
  const auto found = jobs_.extract(job);
  std::error_code ignored;  // a checkpoint that cannot be removed now is replaced or swept later
  try {
    if (!found.empty() && !found.mapped().at_home) {
      const auto& version = found.mapped().job->settings().version;
      std::filesystem::remove_all(models::staging_folder(home_, version), ignored);
      std::filesystem::remove_all(sampler::staged_memory_folder(home_, version), ignored);
    }
    std::filesystem::remove_all(models::checkpoint_folder(home_, job), ignored);
  } catch (const executor::Error&) {
    return;  // no id of a job: nothing was kept under it
  }
}

std::vector<executor::Handler> handlers() {
  return {{schemas::Training::kType, {}}, {schemas::TrainBatch::kType, {schemas::Trained::kType}}};
}

std::vector<executor::Call> calls() {
  auto calls = parcels::calls();
  calls.push_back({kPicture, schemas::Latents::kType, schemas::Pictures::kType});
  return calls;
}

std::vector<executor::Param> params() {
  return {{"model", std::string(), "folder of the pretrained model, as diffusers writes it"},
          {"graphs", false, "on a GPU, record a step of a job once and replay it (CUDA graphs)"},
          {"mirror", std::int64_t{0},
           "on a host with a disk of its own, steps from one checkpoint that is sent to the "
           "registry's host to the next; 0: none is, and when this host is lost the job begins "
           "again at step 0",
           0, kMaxTrainSteps}};
}

}  // namespace trainer
