#include "trainer/trainer.h"

#include <utility>

#include "compute/clear_errors.h"
#include "compute/pretrained_folder.h"
#include "compute/tensors.h"
#include "compute/time_budget.h"
#include "diffusion/formats/made_from.h"
#include "diffusion/networks/allocator.h"
#include "executor/files/bytes_below.h"
#include "schemas/generate.h"
#include "schemas/targets.h"
#include "store/replay_file.h"
#include "store/transfer_client.h"
#include "store/version_folder.h"
#include "trainer/rehearsal.h"
#include "trainer/retention_check.h"
#include "trainer/slow_work.h"

namespace trainer {

Trainer::Trainer(const executor::Setup& setup)
    : home_(setup.home),
      model_(compute::pretrained_folder(setup)),
      graphs_(setup.params.get<bool>("graphs")),
      mirror_(setup.params.get<std::int64_t>("mirror")),
      checkpoints_(setup.home) {
  diffusion::tune_allocator();
  checkpoints_.drop_but(setup.open_jobs);  // of jobs that ended while no trainer ran
}

void Trainer::process(const schemas::Message& in, executor::Outbox& out) {
  compute::with_clear_errors("bad_input", "", [&] {
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
  store::TransferClient transfers(home_, out, in, schemas::capabilities_of(settings),
                                  report_to(out, settings.max_train_steps.value_or(0), 0, 0));
  transfers.require(schemas::kVersionFolder, settings.version, schemas::kWrite);
  transfers.bring_version(settings.base);
  if (schemas::is_metamodel(settings.target_model)) {
    if (!schemas::is_retraining(settings)) {
      transfers.bring_if_missing(schemas::kReplayFolder, settings.version,
                                 store::staged_replay_folder(home_, settings.version));
    }
    for (const auto& thing : settings.replay) {
      transfers.bring_if_missing(schemas::kReplayFolder, thing.version,
                                 store::replay_folder(home_, thing.version));
    }
  }
  if (transfers.is_home()) return true;
  const auto checkpoint = store::checkpoint_folder(home_, in.job);
  if (in.epoch > 1) {
    transfers.bring_if_missing(schemas::kCheckpointFolder, in.job, checkpoint);
  } else if (mirror_ == 0) {
    out.progress(
        {.text = "warning: checkpoints stay on this host, because the trainer's `mirror` is 0: if "
                 "it is lost, the job begins again at step 0",
         .total = settings.max_train_steps.value_or(0)});
  }
  return false;
}

void Trainer::begin(const schemas::Message& in, executor::Outbox& out) {
  const auto training = in.as<schemas::Training>();
  store::check_id(in.job, "job");
  store::check_id(training.settings.version, "version");
  jobs_.erase(in.job);
  Running running;
  running.at_home = fetch(in, training.settings, out);
  const auto base = store::version_folder(home_, model_, training.settings.base, {}, [&out] {
    if (out.cancelled()) throw executor::Cancelled();
  });
  schemas::Progress progress;
  progress.text = "loading model " + training.settings.base;
  progress.total = training.settings.max_train_steps.value_or(0);
  out.progress(progress);
  out.expect_silence(
      compute::time_to_move_ms(files::bytes_below(base) + files::bytes_below(model_)));
  // A copy: the message's memory goes when the message does.
  const auto context = compute::read_f32(training.tensors, in, "context", 3).clone();
  const auto ids = training.settings.train_text_encoder.value_or(false)
                       ? compute::read_i64(training.tensors, in, "ids", 2).clone()
                       : at::Tensor();
  compute::with_clear_errors("bad_config", "", [&] {
    const auto make = [&] {
      return std::make_unique<TrainingJob>(training.settings, base, context, ids, graphs_);
    };
    if (hash_.empty()) hash_ = diffusion::hash_of_model(model_);
    if (training.settings.base != store::kPretrained) {
      diffusion::require_same_base(model_, hash_, base);
    }
    running.job = make();
    rehearse_end(*running.job, base, store::staging_folder(home_, training.settings.version));
    out.expect_steps_of(time_of_a_step_ms(*running.job));
    note_before(home_, *running.job);
    out.expect_silence(time_to_write_ms(*running.job));  // of a checkpoint, to be read
    // What a checkpoint that cannot be used has changed must not stay.
    if (!resume(in, running, out)) {
      out.expect_silence(compute::time_to_move_ms(files::bytes_below(base)));
      running.job = make();
    }
    jobs_[in.job] = std::move(running);
  });
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
  rows.latents = compute::read_f32(batch.tensors, in, "latents", 4);
  rows.noise = compute::read_f32(batch.tensors, in, "noise", 4);
  rows.timesteps = compute::read_i64(batch.tensors, in, "timesteps", 1);
  rows.instances = static_cast<int>(batch.instances);
  const auto parts = job.parts();
  job.step(rows, compute::read_i64(batch.tensors, in, "prompts", 1));
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

void Trainer::interrupted(const std::string& job) {
  jobs_.erase(job);
}

void Trainer::ended(const std::string& job, executor::Outcome) {
  const auto found = jobs_.extract(job);
  if (!found.empty() && !found.mapped().at_home) {
    checkpoints_.drop_staged(found.mapped().job->settings().version);
  }
  checkpoints_.drop(job);
}

std::vector<executor::Handler> handlers() {
  return {{schemas::Training::kType, {}}, {schemas::TrainBatch::kType, {schemas::Trained::kType}}};
}

std::vector<executor::Call> calls() {
  auto calls = store::calls();
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
           0, schemas::kMaxTrainSteps}};
}

}  // namespace trainer
