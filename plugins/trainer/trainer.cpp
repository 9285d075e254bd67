#include "trainer/trainer.h"

#include <sstream>
#include <utility>

#include "diffusion/allocator.h"
#include "diffusion/error.h"
#include "executor/fault_point.h"
#include "models/faults.h"
#include "models/version_folder.h"
#include "schemas/generate.h"
#include "tensors/tensors.h"
#include "trainer/health.h"
#include "trainer/interpolation.h"

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
      graphs_(setup.params.get<bool>("graphs")) {
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

void Trainer::begin(const schemas::Message& in, executor::Outbox& out) {
  const auto training = in.as<schemas::Training>();
  models::check_id(in.job, "job");
  models::check_id(training.settings.version, "version");
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
  jobs_.erase(in.job);
  models::with_clear_errors("bad_config", "", [&] {
    const auto make = [&] {
      return std::make_unique<TrainingJob>(training.settings, base, context, ids, graphs_);
    };
    auto job = make();
    note_before(home_, *job);
    // What a checkpoint that cannot be used has changed must not stay.
    if (!resume(in, *job, out)) job = make();
    jobs_[in.job] = std::move(job);
  });
}

// The stream begins at from_step. The checkpoint may be newer (the gateway died before it was
// told): then the steps up to there are passed over. It must not be older. False when there is
// none.
bool Trainer::resume(const schemas::Message& in, TrainingJob& job, executor::Outbox& out) const {
  const auto folder = models::checkpoint_folder(home_, in.job);
  const auto from_step = static_cast<std::int64_t>(in.from_step);
  if (in.epoch <= 1 && from_step == 0) return true;
  std::string why;
  schemas::Progress progress;
  try {
    if (!std::filesystem::exists(folder)) throw diffusion::Error("there is none");
    const auto note = job.resume(folder);
    progress = job.progress();
    progress.text = "resumed at step " + std::to_string(job.steps_done());
    if (!note.empty()) progress.text += "; not bit-equal to an unbroken run: " + note;
    if (job.steps_done() < from_step) why = "it is of step " + std::to_string(job.steps_done());
  } catch (const diffusion::Error& error) {
    why = error.what();
  }
  if (why.empty()) {
    out.progress(progress);
    return true;
  }
  if (from_step == 0) return false;  // there was nothing to go on from
  throw executor::Error(
      "no_checkpoint",
      "the checkpoint of step " + std::to_string(from_step) + " cannot be used: " + why,
      "the job begins again");
}

void Trainer::step(const schemas::Message& in, executor::Outbox& out) {
  const auto found = jobs_.find(in.job);
  if (found == jobs_.end() || !found->second) {
    throw executor::Error("protocol", "a batch has come for a job that is not in training",
                          "the first message of the stream must be training.v1");
  }
  auto& job = *found->second;
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
  job.step(rows, tensors::read_i64(batch.tensors, in, "prompts", 1));

  if (job.checkpoint_due()) {
    out.expect_silence(time_to_write_ms(job));
    executor::fault_point("checkpoint.begin");
    models::with_clear_errors("unavailable", kDiskHint, [&] {
      job.save_checkpoint(models::checkpoint_folder(home_, in.job));
    });
    executor::fault_point("checkpoint.written");
  }
  out.progress(job.progress());
  if (job.finished()) mix(job, out);
  if (job.samples_due()) show_samples(job, out);
  if (job.finished()) finish(job, out);
}

void Trainer::mix(TrainingJob& job, executor::Outbox& out) const {
  auto progress = job.progress();
  progress.text = "weighing the new version against the one before";
  const auto share = interpolate(home_, job, [&] { out.progress(progress); });
  if (!share) return;
  std::ostringstream text;
  text << "went " << *share << " of the way from the version before";
  progress.text = text.str();
  out.progress(progress);
}

void Trainer::show_samples(TrainingJob& job, executor::Outbox& out) const {
  auto progress = job.progress();
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

void Trainer::finish(TrainingJob& job, executor::Outbox& out) const {
  schemas::Trained trained;
  trained.train_s = job.seconds();
  auto progress = job.progress();
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
  trained.settings = job.settings();
  trained.steps = job.steps_done();
  const auto losses = job.final_losses();
  trained.loss = losses.loss;
  trained.instance_loss = losses.instance_loss;
  trained.prior_loss = losses.prior_loss;
  out.send(schemas::Message::of(trained));
}

void Trainer::interrupted(const std::string& job) {
  jobs_.erase(job);
}

void Trainer::ended(const std::string& job, executor::Outcome) {
  jobs_.erase(job);
  std::error_code ignored;  // a checkpoint that cannot be removed now is replaced or swept later
  try {
    std::filesystem::remove_all(models::checkpoint_folder(home_, job), ignored);
  } catch (const executor::Error&) {
    return;  // no id of a job: nothing was kept under it
  }
}

std::vector<executor::Handler> handlers() {
  return {{schemas::Training::kType, {}}, {schemas::TrainBatch::kType, {schemas::Trained::kType}}};
}

std::vector<executor::Call> calls() {
  return {{kPicture, schemas::Latents::kType, schemas::Pictures::kType}};
}

std::vector<executor::Param> params() {
  return {{"model", std::string(), "folder of the pretrained model, as diffusers writes it"},
          {"graphs", false, "on a GPU, record a step of a job once and replay it (CUDA graphs)"}};
}

}  // namespace trainer
