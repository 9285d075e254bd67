#include "trainer/health.h"

#include <ATen/ops/from_blob.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "diffusion/durable_file.h"
#include "diffusion/error.h"
#include "diffusion/json_file.h"
#include "executor/error.h"
#include "sampler/memory_file.h"

namespace trainer {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFile = "health.json";
constexpr std::int64_t kInstanceRow = 0, kFirstReplayRow = 4;  // schemas::prompts_of

// The loss on what is kept in `folder`; nothing when that cannot be read.
std::optional<double> loss_on(const fs::path& folder, TrainingJob& job, std::int64_t row) {
  try {
    const auto shape = job.latent_shape();
    auto kept = sampler::read_memory(folder, shape);
    const auto pictures = static_cast<std::int64_t>(kept.mean.size() / sampler::values_of(shape));
    return job.loss_on(
        at::from_blob(kept.mean.data(), {pictures, shape[0], shape[1], shape[2]}, at::kFloat), row,
        kHealthDraws);
  } catch (const executor::Error&) {
    return {};
  }
}

void write_note(const fs::path& folder, const nlohmann::json& note) {
  diffusion::write_durably(folder / kFile, [&](const auto& append) { append(note.dump() + "\n"); });
}

// A note that is not there, or not whole, says nothing.
nlohmann::json read_note(const fs::path& folder) {
  try {
    return diffusion::read_json_file(folder / kFile);
  } catch (const diffusion::Error&) {
    return nlohmann::json::object();
  }
}

std::optional<schemas::Health> health_of(const fs::path& home, TrainingJob& job,
                                         std::size_t which) {
  const auto& thing = job.settings().replay[which];
  const auto folder = sampler::memory_folder(home, thing.version);
  const auto note = read_note(folder);
  if (!note.contains("before") || !note.contains("just")) return {};
  const auto now = loss_on(folder, job, kFirstReplayRow + static_cast<std::int64_t>(which));
  if (!now) return {};
  return schemas::Health{thing.identifier, thing.category, note["before"].get<double>(),
                         note["just"].get<double>(), *now};
}

}  // namespace

void note_before(const fs::path& home, TrainingJob& job) {
  const auto folder = sampler::staged_memory_folder(home, job.settings().version);
  if (!fs::exists(folder)) return;
  if (const auto loss = loss_on(folder, job, kInstanceRow)) write_note(folder, {{"before", *loss}});
}

std::vector<schemas::Health> check_health(const fs::path& home, TrainingJob& job,
                                          const std::function<void()>& beat) {
  const auto folder = sampler::staged_memory_folder(home, job.settings().version);
  auto note = read_note(folder);
  if (!note.contains("before")) return {};
  if (const auto just = loss_on(folder, job, kInstanceRow)) {
    note["just"] = *just;
    write_note(folder, note);
  }
  std::vector<schemas::Health> all;
  for (std::size_t i = 0; i < job.settings().replay.size(); ++i) {
    beat();
    if (const auto health = health_of(home, job, i)) all.push_back(*health);
  }
  return all;
}

}  // namespace trainer
