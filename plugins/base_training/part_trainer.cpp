#include "base_training/part_trainer.h"

#include "compute/clear_errors.h"
#include "diffusion/networks/allocator.h"

namespace base_training {

Trainer::Trainer(const executor::Setup& setup)
    : model_(setup.params.get<std::string>("model")), out_(setup.params.get<std::string>("out")) {
  diffusion::tune_allocator();
}

void Trainer::process(const schemas::Message& in, executor::Outbox& out) {
  compute::with_clear_errors("bad_input", "", [&] {
    if (in.type == schemas::Captioned::kType) return step(in, out);
    if (training_) {
      throw executor::Error("busy", "another training is running", "wait for its end");
    }
    training_ = begin(in.as<schemas::BaseTraining>());
    job_ = in.job;
    training_->run.resume(training_->fit());
    out.progress(training_->run.progress());
  });
}

void Trainer::step(const schemas::Message& in, executor::Outbox& out) {
  auto& run = training_->run;
  const auto captioned = in.as<schemas::Captioned>();
  training_->step(captioned, pixels_of(captioned, in));
  out.progress(run.progress());
  if (captioned.step < run.settings().from_step) return;
  if (run.checkpoint_due()) run.save(training_->fit());
  if (run.samples_due()) {
    const diffusion::Fit::Averaged averaged(training_->fit());
    training_->show_samples(out);
  }
  if (!run.finished()) return;
  {
    const diffusion::Fit::Averaged averaged(training_->fit());
    training_->write();
  }
  out.send(schemas::Message::of(run.result()));
}

void Trainer::ended(const std::string& job, executor::Outcome) {
  if (training_ && job_ == job) training_.reset();
}

std::vector<executor::Handler> part_handlers() {
  return {{schemas::BaseTraining::kType, {}},
          {schemas::Captioned::kType, {schemas::BaseTrained::kType}}};
}

std::vector<executor::Param> part_params() {
  return {{"model", std::string(), "diffusers folder; without weights its configuration is enough"},
          {"out", std::string(), "folder that what is trained is written to"}};
}

}  // namespace base_training
