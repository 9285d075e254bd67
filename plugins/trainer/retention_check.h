#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "schemas/retention_losses.h"
#include "trainer/training_job.h"

/// Whether a metamodel still knows what it learned earlier, seen from what is kept of each thing in
/// home/store/replay (sampler/memory_file.h). What is seen is noted beside it
/// (sampler/retention_note.h).
namespace trainer {

/// Noises that a loss is a mean over, the same for every version (diffusion/held_out.h).
inline constexpr std::int64_t kRetentionDraws = 16;

/// The loss on what is kept of the thing that the job learns; nothing for a private model, and
/// where that cannot be read.
std::optional<double> loss_on_new(const std::filesystem::path& home, TrainingJob& job);
/// The same of settings.replay[which].
std::optional<double> loss_on_earlier(const std::filesystem::path& home, TrainingJob& job,
                                      std::size_t which);

/// Before the first step of a metamodel's job: notes how well its base knows the new thing. Nothing
/// for a private model, and where nothing is kept of the thing.
void note_before(const std::filesystem::path& home, TrainingJob& job);

/// After the last step: notes how well the new thing was learned, and looks at the earlier ones;
/// those of which too little is kept are left out. In a retraining all are earlier ones.
/// `beat` is called before each.
std::vector<schemas::RetentionLosses> check_retention(const std::filesystem::path& home,
                                                      TrainingJob& job,
                                                      const std::function<void()>& beat);

}  // namespace trainer
