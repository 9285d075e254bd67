#include "trainer/retention_check.h"

#include <ATen/ops/from_blob.h>

#include "executor/error.h"
#include "store/replay_file.h"
#include "store/retention_note.h"

namespace trainer {
namespace {

namespace fs = std::filesystem;

// Of the pictures in the mirror: those themselves were replayed until they were known by heart, and
// show nothing of what else is forgotten.
std::optional<double> loss_on(const fs::path& folder, TrainingJob& job, std::int64_t row) {
  try {
    const auto shape = job.latent_shape();
    auto kept = store::read_replay(folder, shape);
    const auto pictures = static_cast<std::int64_t>(kept.mean.size() / store::values_of(shape));
    const auto latents =
        at::from_blob(kept.mean.data(), {pictures, shape[0], shape[1], shape[2]}, at::kFloat);
    return job.loss_on(latents.flip({3}), row, kRetentionDraws);
  } catch (const executor::Error&) {
    return {};
  }
}

std::optional<schemas::RetentionLosses> retention_of(const fs::path& home, TrainingJob& job,
                                                     std::size_t which) {
  const auto& thing = job.settings().replay[which];
  const auto note = store::read_retention_note(store::replay_folder(home, thing.version));
  if (!note.before || !note.just) return {};
  const auto now = loss_on_earlier(home, job, which);
  if (!now) return {};
  return schemas::RetentionLosses{thing.identifier, thing.category, *note.before, *note.just, *now};
}

}  // namespace

std::optional<double> loss_on_new(const fs::path& home, TrainingJob& job) {
  return loss_on(store::staged_replay_folder(home, job.settings().version), job,
                 schemas::kInstanceRow);
}

std::optional<double> loss_on_earlier(const fs::path& home, TrainingJob& job, std::size_t which) {
  return loss_on(store::replay_folder(home, job.settings().replay[which].version), job,
                 schemas::kFirstReplayRow + static_cast<std::int64_t>(which));
}

void note_before(const fs::path& home, TrainingJob& job) {
  const auto folder = store::staged_replay_folder(home, job.settings().version);
  if (!fs::exists(folder)) return;
  const auto loss = loss_on_new(home, job);
  if (loss) store::write_retention_note(folder, {.before = *loss, .just = {}, .earlier = {}});
}

std::vector<schemas::RetentionLosses> check_retention(const fs::path& home, TrainingJob& job,
                                                      const std::function<void()>& beat) {
  const auto& settings = job.settings();
  const auto folder = store::staged_replay_folder(home, settings.version);
  auto note = store::read_retention_note(folder);
  if (!note.before && !schemas::is_retraining(settings)) return {};
  std::vector<schemas::RetentionLosses> all;
  for (std::size_t i = 0; i < settings.replay.size(); ++i) {
    beat();
    const auto retention = retention_of(home, job, i);
    if (!retention) continue;
    note.earlier[settings.replay[i].version] = retention->now;
    all.push_back(*retention);
  }
  if (!note.before) return all;
  note.just = loss_on_new(home, job);
  store::write_retention_note(folder, note);
  return all;
}

}  // namespace trainer
