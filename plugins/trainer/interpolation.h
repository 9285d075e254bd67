#pragma once

#include <array>
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "trainer/training_job.h"

/// The strategies `interpolation` and `general`: how much of the way from the version before to the
/// trained weights a new version of a metamodel goes.
namespace trainer {

/// Shares of the trained weights that are tried, the whole way first.
inline constexpr std::array kTriedShares = {1.0, 0.8, 0.6, 0.4};

/// Earlier things that a mixture is judged by, at most: what looking costs does not grow with what
/// is known.
inline constexpr std::size_t kMostJudges = 8;

/// Places of the things that judge, of `count` earlier ones: all of them, or kMostJudges evenly
/// spread from the oldest on. A pure function.
std::vector<std::size_t> judges_of(std::size_t count);

/// The place of the least loss; of equal ones the first. A pure function; `losses` are not empty.
std::size_t least(const std::vector<double>& losses);

/// After the last step: gives the job the mixture (mixture.h) whose mean loss over the new thing
/// and those that judge (health.h) is least, and returns its share. Nothing, and nothing is
/// changed, for another strategy, and where no earlier thing can be looked at. `beat` is called
/// before each look. Throws diffusion::Error for a damaged base.
std::optional<double> interpolate(const std::filesystem::path& home, TrainingJob& job,
                                  const std::function<void()>& beat);

}  // namespace trainer
