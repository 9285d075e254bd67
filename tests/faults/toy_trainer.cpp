// What the trainer does, with 16 weights instead of a network: a step a message, checkpoints that
// appear whole or not at all, and a version in the store's staging area. Its sums depend on their
// order and on every step, so that a step done twice, left out or done with other numbers shows.
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

#include "compute/time_budget.h"
#include "compute/wait_for_disk_space.h"
#include "executor/fault_point.h"
#include "executor/files/durable_file.h"
#include "executor/plugin.h"
#include "schemas/training.h"
#include "store/checkpoints.h"
#include "store/layout.h"
#include "store/transfer_client.h"
#include "tests/faults/toy_numbers.h"

namespace {

namespace fs = std::filesystem;

struct State {
  std::int64_t step = 0;
  std::vector<float> numbers = std::vector<float>(2 * toy::kValues);  ///< weights, then momentum
  double loss = 0;
};

struct Job {
  schemas::TrainSettings settings;
  State state;
  std::int64_t first_step = 0;
  std::int64_t checkpoint_step = 0;  ///< that is told: of one that the next attempt finds
  bool at_home = true;
};

std::string bytes_of(const std::vector<float>& numbers) {
  return std::string(toy::blob_of(numbers).view());
}

void write(const fs::path& file, const std::string& bytes) {
  files::write_durably(file, [&](const files::Append& append) { append(bytes); });
}

void save(const State& state, const fs::path& file) {
  fs::create_directories(file.parent_path());
  files::write_durably(file, [&](const files::Append& append) {
    append({reinterpret_cast<const char*>(&state.step), sizeof state.step});
    append({reinterpret_cast<const char*>(&state.loss), sizeof state.loss});
    append(bytes_of(state.numbers));
  });
}

State load(const fs::path& file) {
  State state;
  std::ifstream in(file, std::ios::binary);
  in.read(reinterpret_cast<char*>(&state.step), sizeof state.step);
  in.read(reinterpret_cast<char*>(&state.loss), sizeof state.loss);
  in.read(reinterpret_cast<char*>(state.numbers.data()),
          static_cast<std::streamsize>(state.numbers.size() * sizeof(float)));
  if (!in) throw executor::Error("no_checkpoint", file.string() + " is not whole");
  return state;
}

void learn(State& state, const schemas::TrainBatch& batch, const schemas::Message& in) {
  const auto latents =
      toy::floats_of(schemas::find_tensor(batch.tensors, in, "latents", "f32").bytes);
  const auto noise = toy::floats_of(schemas::find_tensor(batch.tensors, in, "noise", "f32").bytes);
  for (std::size_t i = 0; i < latents.size(); ++i) {
    float& weight = state.numbers[i % toy::kValues];
    float& momentum = state.numbers[toy::kValues + i % toy::kValues];
    const float error = weight * latents[i] - noise[i];
    momentum = 0.9F * momentum + 0.1F * error * latents[i];
    weight -= 0.05F * momentum;
    state.loss = 0.99 * state.loss + 0.01 * static_cast<double>(error * error);
  }
  ++state.step;
}

class ToyTrainer final : public executor::Executor {
 public:
  explicit ToyTrainer(const executor::Setup& setup)
      : home_(setup.home),
        step_(setup.params.get<std::int64_t>("step_ms")),
        mirror_(setup.params.get<std::int64_t>("mirror")),
        ballast_bytes_(setup.params.get<std::int64_t>("ballast_mib") << 20),
        checkpoints_(setup.home) {
    checkpoints_.drop_but(setup.open_jobs);
  }

  void process(const schemas::Message& in, executor::Outbox& out) override {
    if (in.type == schemas::Training::kType) return begin(in, out);
    Job& job = jobs_.at(in.job);
    const auto batch = in.as<schemas::TrainBatch>();
    if (batch.step < job.first_step) return;  // the checkpoint is newer than the gateway knows
    if (batch.step != job.state.step) throw executor::Error("protocol", "not the next step");
    executor::fault_point("train.step");
    std::this_thread::sleep_for(step_);  // the work
    learn(job.state, batch, in);
    keep(job, in, out);
    out.progress({.text = "training",
                  .step = job.state.step,
                  .total = *job.settings.max_train_steps,
                  .checkpoint_step = job.checkpoint_step});
    if (job.state.step == job.settings.max_train_steps) finish(job, in, out);
  }

  void ended(const std::string& job, executor::Outcome) override {
    jobs_.erase(job);
    checkpoints_.drop(job);
  }

  void interrupted(const std::string& job) override { jobs_.erase(job); }

 private:
  fs::path file_of(const std::string& job) const {
    return store::checkpoint_folder(home_, job) / "state";
  }

  store::TransferClient transfers_of(const Job& job, const schemas::Message& in,
                                     executor::Outbox& out) const {
    return {home_, out, in, schemas::capabilities_of(job.settings)};
  }

  void begin(const schemas::Message& in, executor::Outbox& out) {
    Job job{.settings = in.as<schemas::Training>().settings, .state = {}};
    auto transfers = transfers_of(job, in, out);
    transfers.require(schemas::kVersionFolder, job.settings.version, schemas::kWrite);
    transfers.bring_version(job.settings.base);
    job.at_home = transfers.is_home();
    const fs::path file = file_of(in.job);
    if (fs::exists(file)) job.state = load(file);
    if (!job.at_home && job.state.step < static_cast<std::int64_t>(in.from_step)) {
      transfers.bring(schemas::kCheckpointFolder, in.job, file.parent_path());
      job.state = load(file);
    }
    job.first_step = job.state.step;
    job.checkpoint_step = job.at_home ? job.state.step : static_cast<std::int64_t>(in.from_step);
    if (job.state.step < static_cast<std::int64_t>(in.from_step)) {
      throw executor::Error("no_checkpoint", "the checkpoint is older than was told");
    }
    jobs_[in.job] = job;
    out.progress({.text = "begins at step " + std::to_string(job.state.step)});
  }

  void keep(Job& job, const schemas::Message& in, executor::Outbox& out) const {
    const auto every = job.settings.checkpointing_steps;
    const bool mirrors = !job.at_home && mirror_ > 0 && job.state.step % mirror_ == 0;
    if (job.state.step == job.settings.max_train_steps) return;
    if (job.state.step % every != 0 && !mirrors) return;
    const fs::path file = file_of(in.job);
    std::string why;
    const bool saved = compute::finds_disk_space(
        [&] {
          executor::fault_point("checkpoint.begin");
          save(job.state, file);
          executor::fault_point("checkpoint.written");
        },
        why);
    if (!saved) return;
    if (mirrors) {
      transfers_of(job, in, out).send(schemas::kCheckpointFolder, in.job, file.parent_path());
      executor::fault_point("checkpoint.mirrored");
    }
    if (job.at_home || mirrors) job.checkpoint_step = job.state.step;
  }

  // Not flushed: whoever publishes it has to.
  void write_ballast(const fs::path& file) const {
    std::ofstream out(file, std::ios::binary);
    const std::string block(std::size_t{1} << 20, 'b');
    for (std::int64_t written = 0; written < ballast_bytes_; written += std::ssize(block)) {
      out << block;
    }
  }

  void finish(const Job& job, const schemas::Message& in, executor::Outbox& out) {
    const fs::path folder = store::staging_folder(home_, job.settings.version);
    compute::wait_for_disk_space(out, {.text = "writing", .step = job.state.step}, [&] {
      fs::remove_all(folder);
      fs::create_directories(folder / "unet");
      executor::fault_point("version.begin");
      write(folder / "unet" / "weights.safetensors", bytes_of(job.state.numbers));
      executor::fault_point("version.half_written");
      if (ballast_bytes_ > 0) {
        out.expect_silence(compute::time_to_move_ms(static_cast<std::uint64_t>(ballast_bytes_)));
        write_ballast(folder / "ballast");
      }
      write(folder / "model_index.json", "{}");
      executor::fault_point("version.written");
    });
    if (!job.at_home) {
      transfers_of(job, in, out).send(schemas::kVersionFolder, job.settings.version, folder);
      checkpoints_.drop_staged(job.settings.version);
      executor::fault_point("version.delivered");
    }
    out.send(schemas::Message::of(schemas::Trained{
        .settings = job.settings, .steps = job.state.step, .loss = job.state.loss}));
  }

  fs::path home_;
  std::chrono::milliseconds step_;
  std::int64_t mirror_;
  std::int64_t ballast_bytes_;
  store::Checkpoints checkpoints_;
  std::map<std::string, Job> jobs_;
};

}  // namespace

SOUVENIR_PLUGIN(ToyTrainer, .name = "toy_trainer", .help = "Trains 16 weights",
                .handlers = {{.accepts = "training.v1", .emits = {}},
                             {.accepts = "batch.v1", .emits = {"trained.v1"}}},
                .calls = store::calls(),
                .params = {{.name = "step_ms",
                            .default_value = std::int64_t{0},
                            .help = "how long a step takes",
                            .min = 0,
                            .max = 1000},
                           {.name = "mirror",
                            .default_value = std::int64_t{0},
                            .help = "steps from one mirrored checkpoint to the next",
                            .min = 0,
                            .max = 1000},
                           {.name = "ballast_mib",
                            .default_value = std::int64_t{0},
                            .help = "what a version is larger than its weights",
                            .min = 0,
                            .max = 8192}},
                .idempotent = false, .silence_ms = 1'000,
                .reads = store::declared({store::store_folder}),
                .writes = store::declared({store::all_staged, store::all_replays, store::all_probes,
                                           store::all_checkpoints, store::cache_folder,
                                           store::removed_checkpoints}))
