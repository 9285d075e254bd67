#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "executor/executor.h"
#include "executor/plugin.h"
#include "store/checkpoints.h"
#include "trainer/training_job.h"

namespace trainer {

/// Makes latents PNG.
inline constexpr const char* kPicture = "/picture";

/// Trains UNets by DreamBooth, one optimisation step a message.
///
/// training.v1 (first of the stream) loads the base UNet, and looks at all that the end of the job
/// needs (rehearsal.h); each batch.v1 is one step, in order; the
/// last one draws a picture to see that the model still does, writes the new version to the staging
/// area and sends trained.v1. On the way: progress each step, a checkpoint every
/// checkpointing_steps, sample pictures every validation_steps (made PNG by a call of /picture). A
/// job holds one UNet, its gradients and AdamW's moments until ended(). A later attempt of a job
/// goes on from its checkpoint.
///
/// On a host that does not share SOUVENIR_HOME with the registry (store/transfer_client.h) it gets
/// the version that training starts from, and sends the new one before trained.v1. Its checkpoints
/// stay on its own disk: only every `mirror` steps one is sent to the registry's host as well, and
/// only such a one counts as the job's checkpoint, because the next attempt may be made elsewhere.
class Trainer : public executor::Executor {
 public:
  /// Throws Error(bad_config) when the model folder cannot be used. Loads no weights.
  explicit Trainer(const executor::Setup& setup);

  void process(const schemas::Message& in, executor::Outbox& out) override;
  /// Drops the job's network, and keeps its checkpoint.
  void interrupted(const std::string& job) override;
  /// Writes a checkpoint of every job: an orderly stop costs no step. (Not from a host with a disk
  /// of its own, where nobody would fetch it.)
  void stopping() override;
  /// Drops the job's network and checkpoint.
  void ended(const std::string& job, executor::Outcome outcome) override;

 private:
  /// A job, and how its disk is that of the registry.
  struct Running {
    std::unique_ptr<TrainingJob> job;
    bool at_home = true;
    std::int64_t mirrored_step = 0;  ///< of the newest checkpoint on the registry's host

    schemas::Progress progress() const;
  };
  bool fetch(const schemas::Message& in, const schemas::TrainSettings& settings,
             executor::Outbox& out) const;
  bool resume(const schemas::Message& in, Running& running, executor::Outbox& out) const;
  std::string load(const schemas::Message& in, Running& running, schemas::Progress& progress) const;
  void begin(const schemas::Message& in, executor::Outbox& out);
  void step(const schemas::Message& in, executor::Outbox& out);
  void tell_parts(const Running& running, executor::Outbox& out) const;
  void keep(const schemas::Message& in, Running& running, executor::Outbox& out) const;
  bool save(Running& running, const std::filesystem::path& folder, executor::Outbox& out) const;
  void mix(const Running& running, executor::Outbox& out) const;
  void show_samples(const Running& running, executor::Outbox& out) const;
  void finish(const schemas::Message& in, const Running& running, executor::Outbox& out);
  void deliver(const schemas::Message& in, const Running& running, executor::Outbox& out);

  std::filesystem::path home_, model_;
  std::string hash_;  // of the pretrained model; "" until a job needs it
  bool graphs_;
  std::int64_t mirror_;
  store::Checkpoints checkpoints_;
  std::map<std::string, Running> jobs_;
};

/// The plugin's handlers, calls and parameters, shared with its tests.
std::vector<executor::Handler> handlers();
std::vector<executor::Call> calls();
std::vector<executor::Param> params();

}  // namespace trainer
