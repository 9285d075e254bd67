#include "tests/catch_torch.h"

#include "evaluation/verdicts.h"

#include <catch2/catch.hpp>

namespace {

evaluation::Look look(std::vector<float> embedding) {
  return {.embedding = std::move(embedding)};
}

evaluation::Thing thing(const std::string& category, std::vector<float> embedding,
                        bool style = false) {
  return {.name = category,
          .category = category,
          .style = style,
          .pictures = {},
          .looks = {look(embedding)},
          .centre = look(embedding)};
}

/// Two dogs that are much alike, a chair, and a style.
std::vector<evaluation::Thing> things() {
  return {thing("dog", {1, 0, 0, 0}), thing("dog", {0.8F, 0.6F, 0, 0}),
          thing("chair", {0, 0, 1, 0}), thing("painting", {0, 0, 0, 1}, true)};
}

}  // namespace

TEST_CASE("a picture is taken for the nearest of all things, and for the nearest of its category") {
  evaluation::Seen seen{.thing = 0, .losses = {}, .similarity = 0, .taken_for = {}};
  evaluation::judge(seen, {look({0.6F, 0, 0.8F, 0}), look({0, 1, 0, 0})}, things());
  CHECK(seen.taken_for == std::vector<std::size_t>{2, 1});    // more chair than dog
  CHECK(seen.within_kind == std::vector<std::size_t>{0, 1});  // but that dog rather than the other
  CHECK(seen.similarity == Approx(0.3));
}

TEST_CASE("a thing that is alone in its category is not told apart from anything") {
  evaluation::Seen seen{.thing = 2, .losses = {}, .similarity = 0, .taken_for = {}};
  evaluation::judge(seen, {look({0, 0, 1, 0})}, things());
  CHECK(seen.taken_for == std::vector<std::size_t>{2});
  CHECK(seen.within_kind.empty());
}

TEST_CASE("a thing in a style is the nearest thing that is no style, nearer to it than without") {
  const auto composed = evaluation::judge_composed(
      3, 2, {look({0, 0, 0.6F, 0.8F}), look({0.6F, 0, 0, 0.8F}), look({0, 0, 1, 0})},
      {look({0, 0, 1, 0}), look({0, 0, 0.6F, 0.8F}), look({0, 0, 1, 0})}, things());
  CHECK(composed.style == 3);
  CHECK(composed.thing == 2);
  CHECK(composed.taken_for == std::vector<std::size_t>{2, 0, 2});
  CHECK(composed.in_style == std::vector<bool>{true, false, false});  // no nearer is not in it
}
