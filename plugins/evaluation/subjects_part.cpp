#include <algorithm>
#include <map>

#include "evaluation/drawn.h"
#include "evaluation/measured.h"
#include "evaluation/sheet.h"

namespace evaluation {
namespace {

constexpr std::size_t kDistractors = 20;  // training pictures of the subject's category
constexpr std::size_t kShown = 4;         // pictures of a kind on the sheet
constexpr std::size_t kQuickSubjects = 2;
constexpr double kMostSeconds = 90;
constexpr std::uint64_t kDrawSeed = 79;

struct Subject {
  std::string name, category;
  Pictures pictures;
  Look centre;  // of the pictures
};

// "dog-a" is a dog, "style-sepia" a way to paint.
std::string category_of(const std::string& name) {
  const auto first = name.substr(0, name.find('-'));
  return first == "style" ? "painting" : first;
}

Pictures pictures_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".png") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  Pictures pictures;
  for (const auto& file : files) pictures.push_back(read_file(file));
  return pictures;
}

std::vector<Subject> read_subjects(const Scene& scene) {
  if (!std::filesystem::is_directory(scene.subjects)) {
    throw executor::Error("bad_config", "there is no folder " + scene.subjects.string(),
                          "`subjects` is a folder with a folder of PNG for each subject");
  }
  std::vector<std::filesystem::path> folders;
  for (const auto& entry : std::filesystem::directory_iterator(scene.subjects)) {
    if (entry.is_directory()) folders.push_back(entry.path());
  }
  std::sort(folders.begin(), folders.end());
  std::vector<Subject> subjects;
  for (const auto& folder : folders) {
    auto pictures = pictures_in(folder);
    if (pictures.empty()) continue;
    auto centre = centre_of(scene.routes.look(pictures));
    const auto name = folder.filename().string();
    subjects.push_back({name, category_of(name), std::move(pictures), std::move(centre)});
  }
  return subjects;
}

// What a picture could be of: every subject, then other things of this category.
Looks things_for(const Scene& scene, const std::vector<Subject>& subjects,
                 const std::string& category) {
  Looks things;
  for (const auto& subject : subjects) things.push_back(subject.centre);
  const auto others = scene.routes.look(
      files_of(drawn_of(scene.training, category, scene.side, kDistractors, kDrawSeed)));
  things.insert(things.end(), others.begin(), others.end());
  return things;
}

double share_of(const Looks& looks, const Looks& things, std::size_t right) {
  const auto count = std::count_if(
      looks.begin(), looks.end(), [&](const Look& look) { return nearest(look, things) == right; });
  return static_cast<double>(count) / static_cast<double>(std::max<std::size_t>(1, looks.size()));
}

void add_row(std::vector<Tile>& tiles, const Pictures& pictures, const std::string& text) {
  for (std::size_t i = 0; i < kShown; ++i) {
    tiles.push_back({pictures[std::min(i, pictures.size() - 1)], text});
  }
}

struct Result {
  double recognised, real;
  Taught taught;
};

Result measure(const Scene& scene, const std::vector<Subject>& subjects, std::size_t which,
               std::vector<Tile>& tiles) {
  const auto& subject = subjects[which];
  const auto taught = scene.routes.teach(subject.name, subject.pictures, subject.category);
  const auto drawn = scene.routes.draw("a " + taught.identifier + " " + subject.category,
                                       pictures_each(scene), scene.asked.seed);
  const auto things = things_for(scene, subjects, subject.category);
  add_row(tiles, subject.pictures, subject.name);
  add_row(tiles, drawn, "a " + taught.identifier + " " + subject.category);
  const auto unseen = scene.subjects / "held-out" / subject.name;
  const auto real = std::filesystem::is_directory(unseen) ? pictures_in(unseen) : Pictures();
  return {share_of(scene.routes.look(drawn), things, which),
          real.empty() ? -1 : share_of(scene.routes.look(real), things, which), taught};
}

}  // namespace

Measured measure_subjects(const Scene& scene) {
  const auto subjects = read_subjects(scene);
  const auto count =
      scene.asked.quick ? std::min(kQuickSubjects, subjects.size()) : subjects.size();
  Measured measured;
  std::vector<Tile> tiles;
  double sum = 0, slowest = 0;
  for (std::size_t i = 0; i < count; ++i) {
    scene.routes.tell("teaching " + subjects[i].name, i, count);
    const auto result = measure(scene, subjects, i, tiles);
    sum += result.recognised;
    slowest = std::max(slowest, result.taught.seconds);
    auto detail = std::to_string(result.taught.steps) + " steps, " +
                  std::to_string(static_cast<int>(result.taught.seconds)) + " s";
    if (result.real >= 0) {
      detail += "; of its real, untaught pictures " + std::to_string(result.real);
    }
    measured.push_back(
        {"subjects", subjects[i].name + " recognised", result.recognised, "", detail});
  }
  if (count == 0) return measured;
  write_file(scene.out / "subjects.png", sheet_of(tiles, 2 * kShown));
  measured.push_back({"subjects", "subjects recognised, mean", sum / static_cast<double>(count),
                      ">= 0.9",
                      "among " + std::to_string(subjects.size()) + " subjects and " +
                          std::to_string(kDistractors) + " others of the category"});
  measured.push_back({"subjects", "seconds of the slowest", slowest,
                      "<= " + std::to_string(static_cast<int>(kMostSeconds)), "wall time"});
  return measured;
}

}  // namespace evaluation
