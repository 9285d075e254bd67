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

/// How much more an earlier thing's loss weighs than the new one's.
inline constexpr double kEarlierWeight = 4;

/// An earlier thing in the eyes of a mixture.
struct Earlier {
  double loss = 0;             ///< now
  std::optional<double> just;  ///< by the version that learned it, where that was noted
};

/// What a mixture costs: the loss on the new thing, and kEarlierWeight times that on each earlier
/// one, of which none counts as better than when it was learned: what one has lost is not paid for
/// by another that gained. A pure function.
double cost_of(double own, const std::vector<Earlier>& earlier);

/// The place of the least loss; of equal ones the first. A pure function; `losses` are not empty.
std::size_t least(const std::vector<double>& losses);

/// After the last step: gives the job the mixture (mixture.h) that costs least on the new thing and
/// those that judge (retention_check.h), and returns its share. Nothing, and nothing is
/// changed, for another strategy, and where no earlier thing can be looked at. `beat` is called
/// before each look. Throws files::Error for a damaged base.
std::optional<double> interpolate(const std::filesystem::path& home, TrainingJob& job,
                                  const std::function<void()>& beat);

}  // namespace trainer
