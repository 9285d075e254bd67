#include <algorithm>
#include <numeric>
#include <set>

#include "evaluation/drawn.h"
#include "evaluation/measured.h"
#include "evaluation/sheet.h"

namespace evaluation {
namespace {

constexpr std::int64_t kQuickPictures = 4;
constexpr std::size_t kQuickStride = 4;
constexpr double kRecognised = 0.85;
constexpr std::size_t kWanted = 100;  // categories
constexpr std::size_t kSheetColumns = 10;
constexpr std::uint64_t kDrawSeed = 77;  // of training pictures drawn for comparison

struct Shares {
  std::vector<std::string> categories;
  std::vector<double> recognised;  // of each
};

double share_of(const Looks& looks, const std::string& category) {
  const auto right = std::count_if(looks.begin(), looks.end(),
                                   [&](const Look& look) { return look.category == category; });
  return static_cast<double>(right) / static_cast<double>(looks.size());
}

// The sheet shows the categories that are drawn best, in the order of their names, each by its
// first picture: not by the best one.
void write_sheet(const Scene& scene, const Shares& shares, const std::vector<Tile>& tiles) {
  std::vector<std::size_t> order(tiles.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return shares.recognised[a] > shares.recognised[b];
  });
  order.resize(std::min(order.size(), kWanted));
  std::sort(order.begin(), order.end());
  std::vector<Tile> shown;
  for (const auto i : order) shown.push_back(tiles[i]);
  write_file(scene.out / "categories.png", sheet_of(shown, kSheetColumns));
}

void write_list(const Scene& scene, const Shares& shares) {
  std::string text = "category,recognised\n";
  for (std::size_t i = 0; i < shares.categories.size(); ++i) {
    text += shares.categories[i] + ',' + std::to_string(shares.recognised[i]) + '\n';
  }
  write_file(scene.out / "categories.csv", text);
}

Pictures drawn(const Scene& scene, const std::string& category) {
  return scene.routes.draw(prompt_of(scene, category), pictures_each(scene), scene.asked.seed);
}

}  // namespace

std::vector<std::string> categories_of(const Scene& scene) {
  std::set<std::string> all;
  for (const auto& picture : scene.training) all.insert(picture.category);
  std::vector<std::string> chosen;
  std::size_t place = 0;
  for (const auto& category : all) {
    if (!scene.asked.quick || place++ % kQuickStride == 0) chosen.push_back(category);
  }
  return chosen;
}

std::int64_t pictures_each(const Scene& scene) {
  return scene.asked.quick ? std::min(kQuickPictures, scene.asked.pictures) : scene.asked.pictures;
}

std::string prompt_of(const Scene& scene, const std::string& category) {
  const auto found =
      std::find_if(scene.training.begin(), scene.training.end(),
                   [&](const auto& picture) { return picture.category == category; });
  return found == scene.training.end() ? "a " + category : found->text;
}

Measured measure_categories(const Scene& scene) {
  const auto categories = categories_of(scene);
  Shares shares{categories, {}};
  std::vector<Tile> tiles;
  for (const auto& category : categories) {
    scene.routes.tell("drawing " + prompt_of(scene, category), tiles.size(), categories.size());
    const auto pictures = drawn(scene, category);
    shares.recognised.push_back(share_of(scene.routes.look(pictures), category));
    tiles.push_back({pictures.front(), category});
  }
  write_sheet(scene, shares, tiles);
  write_list(scene, shares);
  const auto good = std::count_if(shares.recognised.begin(), shares.recognised.end(),
                                  [](double share) { return share >= kRecognised; });
  const auto of = std::to_string(categories.size()) + " categories, " +
                  std::to_string(pictures_each(scene)) + " pictures each";
  return {{"categories", "categories recognised in 85 % of their pictures",
           static_cast<double>(good), ">= 100", of},
          {"categories", "pictures of the best 100 categories recognised",
           mean_of_best(shares.recognised, kWanted), ">= 0.85", of},
          {"categories", "pictures of all categories recognised",
           mean_of_best(shares.recognised, categories.size()), "", of}};
}

Measured measure_diversity(const Scene& scene) {
  const auto categories = categories_of(scene);
  double generated = 0, trained = 0;
  std::size_t done = 0;
  for (const auto& category : categories) {
    scene.routes.tell("comparing pictures of " + category, done++, categories.size());
    const auto pictures = drawn(scene, category);
    generated += mean_pairwise_distance(scene.routes.look(pictures));
    trained += mean_pairwise_distance(scene.routes.look(
        files_of(drawn_of(scene.training, category, scene.side, pictures.size(), kDrawSeed))));
  }
  const auto count = static_cast<double>(categories.size());
  return {{"diversity", "distance in a category, generated / training",
           trained > 0 ? generated / trained : 0, ">= 0.6",
           "mean pairwise distance " + std::to_string(generated / count) + " against " +
               std::to_string(trained / count)}};
}

Measured measure_copies(const Scene& scene) {
  scene.routes.tell("looking at the training pictures", 0, 1);
  const auto training =
      scene.routes.look(files_of(augmented(scene.training, scene.side, 1, kDrawSeed)));
  const auto unseen =
      scene.routes.look(files_of(augmented(scene.unseen, scene.side, 1, kDrawSeed)));
  Looks generated;
  for (const auto& category : categories_of(scene)) {
    scene.routes.tell("looking for copies of " + category, generated.size(), 0);
    const auto looks = scene.routes.look(drawn(scene, category));
    generated.insert(generated.end(), looks.begin(), looks.end());
  }
  const auto usual = median(nearest_other_distances(training));
  const auto far = nearest_distances(generated, training);
  return {{"copies", "generated pictures farther from training than its neighbours are",
           share_above(far, usual), "> 0.5",
           "median distance to the nearest training picture " + std::to_string(median(far)) +
               "; among training pictures " + std::to_string(usual) + ", of unseen ones " +
               std::to_string(median(nearest_distances(unseen, training)))}};
}

}  // namespace evaluation
