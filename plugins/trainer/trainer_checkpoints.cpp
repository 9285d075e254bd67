// Where a job's checkpoints are, and how an attempt goes on from one.
#include <cstdio>

#include "compute/clear_errors.h"
#include "compute/wait_for_disk_space.h"
#include "executor/fault_point.h"
#include "executor/files/file_error.h"
#include "executor/full_disk.h"
#include "store/layout.h"
#include "store/transfer_client.h"
#include "store/version_folder.h"
#include "trainer/slow_work.h"
#include "trainer/trainer.h"

namespace trainer {

// Why the checkpoint on this disk cannot be gone on from; nothing when it can, and is.
std::string Trainer::load(const schemas::Message& in, Running& running,
                          schemas::Progress& progress) const {
  auto& job = *running.job;
  const auto folder = store::checkpoint_folder(home_, in.job);
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
  } catch (const files::Error& error) {
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
      store::TransferClient(home_, out, in, schemas::capabilities_of(running.job->settings()))
          .bring(schemas::kCheckpointFolder, in.job, store::checkpoint_folder(home_, in.job));
      out.expect_silence(time_to_write_ms(*running.job));
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

void Trainer::keep(const schemas::Message& in, Running& running, executor::Outbox& out) const {
  auto& job = *running.job;
  const bool mirrors =
      !running.at_home && mirror_ > 0 && !job.finished() && job.steps_done() % mirror_ == 0;
  if (!job.checkpoint_due() && !mirrors) return;
  const auto folder = store::checkpoint_folder(home_, in.job);
  out.expect_silence(time_to_write_ms(job));
  if (!save(running, folder, out) || !mirrors) return;
  store::TransferClient(home_, out, in, schemas::capabilities_of(running.job->settings()),
                        report_to(out, job.steps(), job.steps_done(), running.mirrored_step))
      .send(schemas::kCheckpointFolder, in.job, folder);
  running.mirrored_step = job.steps_done();
  executor::fault_point("checkpoint.mirrored");
}

// A checkpoint that finds no room is left out, and the one before it stays: the training goes on.
bool Trainer::save(Running& running, const std::filesystem::path& folder,
                   executor::Outbox& out) const {
  auto& job = *running.job;
  bool saved = false;
  std::string why;
  compute::with_clear_errors("unavailable", kDiskHint, [&] {
    saved = compute::finds_disk_space(
        [&] {
          executor::fault_point("checkpoint.begin");
          job.save_checkpoint(folder);
          executor::fault_point("checkpoint.written");
        },
        why);
  });
  if (saved) return true;
  auto progress = running.progress();
  progress.text = "warning: no checkpoint of step " + std::to_string(job.steps_done()) +
                  " is kept: " + why + "; " + executor::kFullDiskHint;
  out.progress(progress);
  return false;
}

void Trainer::stopping() {
  for (auto& [id, running] : jobs_) {
    if (!running.job || !running.at_home || running.job->finished()) continue;
    auto& job = *running.job;
    if (job.steps_done() == job.progress().checkpoint_step) continue;
    try {
      job.save_checkpoint(store::checkpoint_folder(home_, id));
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s: no checkpoint of step %lld is kept: %s\n", id.c_str(),
                   static_cast<long long>(job.steps_done()), error.what());
    }
  }
}

// Of checkpoints elsewhere than at home the mirrored ones alone count.
schemas::Progress Trainer::Running::progress() const {
  auto progress = job->progress();
  if (!at_home) progress.checkpoint_step = mirrored_step;
  return progress;
}

}  // namespace trainer
