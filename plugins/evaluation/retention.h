#pragma once

#include <vector>

/// How well a model that learns one thing after another keeps them. Pure functions on the
/// measurements after each task. Task j teaches thing j.
namespace evaluation {

/// The score of every thing after every task, [task][thing]; higher is better. Entries of things
/// that are not learned yet (thing > task) are ignored.
using Scores = std::vector<std::vector<double>>;

/// The mean over things of the score after the last task.
double final_average(const Scores& scores);
/// The mean over things of the score right after learning (Riemer et al., arXiv 1810.11910).
double learning_accuracy(const Scores& scores);
/// The mean over all things but the last of how far the final score is below the best earlier score
/// (Chaudhry et al., "Riemannian walk", arXiv 1801.10112). 0 for a single task.
double average_forgetting(const Scores& scores);
/// The mean over all things but the last of the final score minus the score right after learning
/// (Lopez-Paz and Ranzato, GEM, arXiv 1706.08840): below 0 when things are forgotten. 0 for a
/// single task.
double backward_transfer(const Scores& scores);
/// The mean over things of the score in a private model minus the final score. `own` has one score
/// per thing.
double gap_to_private(const Scores& scores, const std::vector<double>& own);

/// The held-out denoising losses of one thing, always on the same latents, noise and timesteps
/// (diffusion/training/held_out.h): before anything was learned, right after it was learned, and at
/// the end.
struct ThingLosses {
  std::vector<double> pretrained, just, final;
};

/// The gain from learning: the mean of the paired differences pretrained - just, and its standard
/// error.
struct Gain {
  double mean = 0;
  double standard_error = 0;
};
/// Throws std::invalid_argument unless both have the same number of draws, at least two.
Gain gain_of(const std::vector<double>& pretrained, const std::vector<double>& just);

/// Gains below this many standard errors may be chance.
inline constexpr double kLearnedErrors = 3;
bool learned(const ThingLosses& losses);

/// The share of what was learned that is still there: sum_j (L_pre - max(L_final, L_just)) / sum_j
/// (L_pre - L_just) over the things that were learned, with means over draws. 1 = nothing is
/// forgotten (later improvement does not count); below 0 = worse than before learning; 0 when
/// nothing was learned.
double retention(const std::vector<ThingLosses>& things);

}  // namespace evaluation
