#pragma once

#include <cstddef>
#include <vector>

#include "figures/measures.h"
#include "memory/material.h"
#include "memory/task.h"

/// What the judge says of generated pictures. Pure functions.
namespace memory {

/// The one of the `candidates` (places in `things`, not empty) whose pictures `look` is nearest to.
std::size_t nearest_of(const figures::Look& look, const std::vector<Thing>& things,
                       const std::vector<std::size_t>& candidates);

/// Fills in similarity, taken_for and within_kind of `seen`, whose thing is what was to be drawn.
void judge(Seen& seen, const figures::Looks& drawn, const std::vector<Thing>& things);

/// `styled`: pictures of the thing in the style; `bare`: the same without it, from the same seeds.
/// A picture is in the style when it is nearer to the style's pictures than its bare one is.
Composed judge_composed(std::size_t style, std::size_t thing, const figures::Looks& styled,
                        const figures::Looks& bare, const std::vector<Thing>& things);

}  // namespace memory
