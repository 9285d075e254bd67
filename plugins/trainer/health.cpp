#include "trainer/health.h"

#include <ATen/ops/from_blob.h>

#include "executor/error.h"
#include "sampler/health_note.h"
#include "sampler/memory_file.h"

namespace trainer {
namespace {

namespace fs = std::filesystem;

// Of the pictures in the mirror: those themselves were replayed until they were known by heart, and
// show nothing of what else is forgotten.
std::optional<double> loss_on(const fs::path& folder, TrainingJob& job, std::int64_t row) {
  try {
    const auto shape = job.latent_shape();
    auto kept = sampler::read_memory(folder, shape);
    const auto pictures = static_cast<std::int64_t>(kept.mean.size() / sampler::values_of(shape));
    const auto latents =
        at::from_blob(kept.mean.data(), {pictures, shape[0], shape[1], shape[2]}, at::kFloat);
    return job.loss_on(latents.flip({3}), row, kHealthDraws);
  } catch (const executor::Error&) {
    return {};
  }
}

std::optional<schemas::Health> health_of(const fs::path& home, TrainingJob& job,
                                         std::size_t which) {
  const auto& thing = job.settings().replay[which];
  const auto note = sampler::read_health_note(sampler::memory_folder(home, thing.version));
  if (!note.before || !note.just) return {};
  const auto now = loss_on_earlier(home, job, which);
  if (!now) return {};
  return schemas::Health{thing.identifier, thing.category, *note.before, *note.just, *now};
}

}  // namespace

std::optional<double> loss_on_new(const fs::path& home, TrainingJob& job) {
  return loss_on(sampler::staged_memory_folder(home, job.settings().version), job,
                 schemas::kInstanceRow);
}

std::optional<double> loss_on_earlier(const fs::path& home, TrainingJob& job, std::size_t which) {
  return loss_on(sampler::memory_folder(home, job.settings().replay[which].version), job,
                 schemas::kFirstReplayRow + static_cast<std::int64_t>(which));
}

void note_before(const fs::path& home, TrainingJob& job) {
  const auto folder = sampler::staged_memory_folder(home, job.settings().version);
  if (!fs::exists(folder)) return;
  const auto loss = loss_on_new(home, job);
  if (loss) sampler::write_health_note(folder, {.before = *loss, .just = {}, .earlier = {}});
}

std::vector<schemas::Health> check_health(const fs::path& home, TrainingJob& job,
                                          const std::function<void()>& beat) {
  const auto& settings = job.settings();
  const auto folder = sampler::staged_memory_folder(home, settings.version);
  auto note = sampler::read_health_note(folder);
  if (!note.before && !schemas::is_anew(settings)) return {};
  std::vector<schemas::Health> all;
  for (std::size_t i = 0; i < settings.replay.size(); ++i) {
    beat();
    const auto health = health_of(home, job, i);
    if (!health) continue;
    note.earlier[settings.replay[i].version] = health->now;
    all.push_back(*health);
  }
  if (!note.before) return all;
  note.just = loss_on_new(home, job);
  sampler::write_health_note(folder, note);
  return all;
}

}  // namespace trainer
