#include <algorithm>
#include <sstream>

#include "evaluation/drawn.h"
#include "evaluation/measured.h"
#include "evaluation/sheet.h"
#include "pictures/augment.h"

namespace evaluation {
namespace {

constexpr std::size_t kTimes = 4;  // that every unseen picture is drawn
constexpr std::size_t kShownPairs = 20;
constexpr std::size_t kWordCategories = 16, kQuickWordCategories = 4;
constexpr std::int64_t kPicturesOfWords = 2;
constexpr std::uint64_t kDrawSeed = 78;

/// Counts how often something was so.
struct Count {
  std::size_t right = 0, all = 0;

  void add(bool is_right) {
    ++all;
    right += is_right;
  }
  double share() const { return all ? static_cast<double>(right) / static_cast<double>(all) : 0; }
  std::string of() const { return std::to_string(all) + " pictures"; }
};

std::vector<std::string> styles_of(const Scene& scene) {
  std::vector<std::string> styles;
  for (const auto& picture : scene.training) {
    const auto known = std::find(styles.begin(), styles.end(), picture.style) != styles.end();
    if (!picture.style.empty() && !known) styles.push_back(picture.style);
  }
  return styles;
}

// Categories with the most training pictures: what is measured is the word, not the category. A
// painting is a style itself.
std::vector<std::string> well_known(const Scene& scene, std::size_t count) {
  std::vector<std::pair<std::size_t, std::string>> sizes;
  for (const auto& category : categories_of(scene)) {
    const auto size = std::count_if(scene.training.begin(), scene.training.end(),
                                    [&](const auto& p) { return p.category == category; });
    if (category != "painting") sizes.emplace_back(static_cast<std::size_t>(size), category);
  }
  std::stable_sort(sizes.begin(), sizes.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::min(count, sizes.size()); ++i) names.push_back(sizes[i].second);
  return names;
}

std::string with_article(const std::string& word) {
  return (std::string("aeiou").find(word.front()) == std::string::npos ? "a " : "an ") + word;
}

/// Draws prompts with one of `words`, and counts in how many pictures `seen` is that word.
template <typename Prompt>
Count obeyed(const Scene& scene, const std::vector<std::string>& words, const Prompt& prompt,
             std::string Look::*seen, std::vector<Tile>& tiles) {
  const auto categories =
      well_known(scene, scene.asked.quick ? kQuickWordCategories : kWordCategories);
  Count count;
  for (std::size_t i = 0; i < words.size(); ++i) {
    scene.routes.tell("drawing with the word " + words[i], i, words.size());
    for (const auto& category : categories) {
      const auto pictures = scene.routes.draw(prompt(prompt_of(scene, category), words[i]),
                                              kPicturesOfWords, scene.asked.seed);
      for (const auto& look : scene.routes.look(pictures)) count.add(look.*seen == words[i]);
      if (&category == &categories.front()) tiles.push_back({pictures.front(), words[i]});
    }
  }
  return count;
}

Curve read_curve(const std::filesystem::path& file) {
  Curve curve;
  if (!std::filesystem::exists(file)) return curve;
  std::istringstream stream(std::string(read_file(file).view()));
  double step = 0, loss = 0;
  for (std::string line; std::getline(stream, line);) {
    std::replace(line.begin(), line.end(), ',', ' ');
    std::istringstream numbers(line);
    if (!(numbers >> step >> loss)) continue;
    // A training that went on from a checkpoint has written some steps twice: the later ones count.
    while (!curve.empty() && curve.back().first >= step) curve.pop_back();
    curve.emplace_back(step, loss);
  }
  return curve;
}

}  // namespace

Measured measure_judge(const Scene& scene) {
  const auto drawn = augmented(scene.unseen, scene.side, kTimes, kDrawSeed);
  scene.routes.tell("judging unseen pictures", 0, 1);
  const auto looks = scene.routes.look(files_of(drawn));
  Count categories, styles, backgrounds;
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    categories.add(looks[i].category == drawn[i].category);
    styles.add(looks[i].style == drawn[i].style);
    if (!drawn[i].background.empty()) {
      backgrounds.add(looks[i].background == drawn[i].background);
    }
  }
  const auto of = " of " + std::to_string(scene.unseen.size()) + " icons that it has not seen";
  return {{"judge", "category right", categories.share(), "", categories.of() + of},
          {"judge", "style right", styles.share(), "", styles.of() + of},
          {"judge", "background right", backgrounds.share(), "", backgrounds.of() + of}};
}

Measured measure_words(const Scene& scene) {
  std::vector<Tile> tiles;
  const auto styles = obeyed(
      scene, styles_of(scene),
      [](const std::string& thing, const std::string& style) {
        return with_article(style) + " of " + thing;
      },
      &Look::style, tiles);
  const auto backgrounds = obeyed(
      scene, pictures::ground_names(),
      [](const std::string& thing, const std::string& colour) {
        return thing + " on " + with_article(colour) + " background";
      },
      &Look::background, tiles);
  write_file(scene.out / "words.png", sheet_of(tiles, tiles.size()));
  return {{"words", "styles obeyed", styles.share(), ">= 0.8", styles.of()},
          {"words", "backgrounds obeyed", backgrounds.share(), ">= 0.8", backgrounds.of()}};
}

Measured measure_vae(const Scene& scene) {
  const auto drawn = files_of(augmented(scene.unseen, scene.side, 1, kDrawSeed));
  scene.routes.tell("encoding and decoding unseen pictures", 0, 1);
  const auto again = scene.routes.reconstruct(drawn);
  double sum = 0;
  std::vector<Tile> tiles;
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    sum += mean_difference(drawn[i], again[i]);
    if (i < kShownPairs) tiles.insert(tiles.end(), {{drawn[i], "real"}, {again[i], "decoded"}});
  }
  write_file(scene.out / "vae.png", sheet_of(tiles, 10));
  return {{"vae", "mean absolute error, pixels in [-1, 1]", sum / static_cast<double>(drawn.size()),
           "<= 0.05", std::to_string(drawn.size()) + " unseen pictures"}};
}

Measured measure_curves(const Scene& scene) {
  Measured measured;
  for (const std::string name : {"vae", "decoder", "base", "judge"}) {
    const auto curve = read_curve(scene.curves / (name + ".csv"));
    if (curve.size() < 2) continue;
    write_file(scene.out / (name + "-loss.png"), chart_of(curve, "loss of the " + name));
    measured.push_back({"curves", "last loss of the " + name, curve.back().second, "",
                        "step " + std::to_string(static_cast<std::int64_t>(curve.back().first))});
  }
  return measured;
}

}  // namespace evaluation
