#pragma once

#include <cstddef>
#include <vector>

#include "evaluation/measures.h"
#include "evaluation/suite_data.h"
#include "evaluation/task_result.h"

/// What the judge says about generated pictures. Pure functions.
namespace evaluation {

/// The one of `candidates` (indices into `things`, not empty) whose pictures are nearest to `look`.
std::size_t nearest_of(const Look& look, const std::vector<Thing>& things,
                       const std::vector<std::size_t>& candidates);

/// Fills in similarity, taken_for and within_kind of `seen`. Its `thing` is the thing to be drawn.
void judge(Seen& seen, const Looks& drawn, const std::vector<Thing>& things);

/// `styled`: pictures of the thing in the style; `bare`: the same without it, from the same seeds.
/// A picture is in the style when it is nearer to the style's pictures than its bare one is.
Composed judge_composed(std::size_t style, std::size_t thing, const Looks& styled,
                        const Looks& bare, const std::vector<Thing>& things);

}  // namespace evaluation
