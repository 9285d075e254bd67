#include "evaluation/verdicts.h"

namespace evaluation {
namespace {

template <typename Wanted>
std::vector<std::size_t> places_of(const std::vector<Thing>& things, const Wanted& wanted) {
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < things.size(); ++i) {
    if (wanted(things[i])) places.push_back(i);
  }
  return places;
}

std::vector<std::size_t> nearest_each(const Looks& looks, const std::vector<Thing>& things,
                                      const std::vector<std::size_t>& candidates) {
  std::vector<std::size_t> found;
  for (const auto& look : looks) found.push_back(nearest_of(look, things, candidates));
  return found;
}

double mean_cosine(const Looks& ones, const Looks& others) {
  double sum = 0;
  for (const auto& one : ones) {
    for (const auto& other : others) sum += 1 - distance(one, other);
  }
  return sum / static_cast<double>(ones.size() * others.size());
}

}  // namespace

std::size_t nearest_of(const Look& look, const std::vector<Thing>& things,
                       const std::vector<std::size_t>& candidates) {
  Looks centres;
  for (const auto place : candidates) centres.push_back(things[place].centre);
  return candidates[nearest(look, centres)];
}

void judge(Seen& seen, const Looks& drawn, const std::vector<Thing>& things) {
  const auto& thing = things[seen.thing];
  seen.similarity = mean_cosine(drawn, thing.looks);
  seen.taken_for =
      nearest_each(drawn, things, places_of(things, [](const Thing&) { return true; }));
  const auto kind =
      places_of(things, [&](const Thing& other) { return other.category == thing.category; });
  seen.within_kind.clear();
  if (kind.size() > 1) seen.within_kind = nearest_each(drawn, things, kind);
}

Composed judge_composed(std::size_t style, std::size_t thing, const Looks& styled,
                        const Looks& bare, const std::vector<Thing>& things) {
  const auto no_styles = places_of(things, [](const Thing& other) { return !other.style; });
  Composed composed{.style = style,
                    .thing = thing,
                    .taken_for = nearest_each(styled, things, no_styles),
                    .in_style = {}};
  const auto& centre = things[style].centre;
  for (std::size_t i = 0; i < styled.size(); ++i) {
    composed.in_style.push_back(distance(styled[i], centre) < distance(bare[i], centre));
  }
  return composed;
}

}  // namespace evaluation
