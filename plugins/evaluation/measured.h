#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "evaluation/route_client.h"
#include "pictures/picture_list.h"
#include "schemas/metrics.h"

/// The parts of the table, each measured on its own. See schemas/figures.h and
/// examples/base-model/README.md.
namespace evaluation {

/// What is measured, and with what.
struct Scene {
  RouteClient& routes;
  const schemas::MeasureBase& asked;
  const std::vector<pictures::CaptionedPicture>& training;  ///< what the model learned from
  const std::vector<pictures::CaptionedPicture>& unseen;    ///< what nothing was trained on
  int side;                                                 ///< of the model's pictures, in pixels
  std::filesystem::path out, subjects, curves;
};

using Measured = std::vector<schemas::Metric>;

/// How often the judge is right about pictures that it has not seen: the ceiling of the rest.
Measured measure_judge(const Scene& scene);
/// Generated pictures of every category: how many are recognised. Writes categories.png.
Measured measure_categories(const Scene& scene);
/// Whether words of style and background in a prompt are obeyed. Writes words.png.
Measured measure_words(const Scene& scene);
/// Unseen pictures through the VAE and back. Writes vae.png.
Measured measure_vae(const Scene& scene);
/// How different the generated pictures of one category are, against training pictures.
Measured measure_diversity(const Scene& scene);
/// Whether generated pictures are nearer to a training picture than those are to each other.
Measured measure_copies(const Scene& scene);
/// Teaches every subject (a folder of pictures) and looks for it among the other subjects and
/// training pictures of its category. Writes subjects.png.
Measured measure_subjects(const Scene& scene);
/// Draws NAME.csv of the trainers as NAME-loss.png.
Measured measure_curves(const Scene& scene);

/// The categories that are measured: all of the training pictures, or, when the request is quick,
/// every fourth of them.
std::vector<std::string> categories_of(const Scene& scene);
/// Pictures of each category, fewer when the request is quick.
std::int64_t pictures_each(const Scene& scene);
/// "an apple"; the prompt of a category.
std::string prompt_of(const Scene& scene, const std::string& category);

}  // namespace evaluation
