#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "evaluation/route_client.h"
#include "pictures/picture_list.h"
#include "schemas/metrics.h"

/// The parts of the table, each measured separately. See schemas/metrics.h and
/// examples/base-model/README.md.
namespace evaluation {

/// What to measure, and with what.
struct Scene {
  RouteClient& routes;
  const schemas::MeasureBase& asked;
  /// Pictures that the model learned from.
  const std::vector<pictures::CaptionedPicture>& training;
  const std::vector<pictures::CaptionedPicture>& unseen;  ///< pictures that nothing was trained on
  int side;  ///< side of the model's pictures, in pixels
  std::filesystem::path out, subjects, curves;
};

using Measured = std::vector<schemas::Metric>;

/// How often the judge is right about unseen pictures: the upper limit for the other parts.
Measured measure_judge(const Scene& scene);
/// How many generated pictures of every category are recognised. Writes categories.png.
Measured measure_categories(const Scene& scene);
/// Whether pictures follow the words for style and background in a prompt. Writes words.png.
Measured measure_words(const Scene& scene);
/// Unseen pictures through the VAE and back. Writes vae.png.
Measured measure_vae(const Scene& scene);
/// How much the generated pictures of one category differ, compared to training pictures.
Measured measure_diversity(const Scene& scene);
/// Whether generated pictures are nearer to a training picture than training pictures are to each
/// other.
Measured measure_copies(const Scene& scene);
/// Teaches every subject (a folder of pictures) and checks whether it is recognised among the other
/// subjects and the training pictures of its category. Writes subjects.png.
Measured measure_subjects(const Scene& scene);
/// Draws NAME.csv of the trainers as NAME-loss.png.
Measured measure_curves(const Scene& scene);

/// The categories to measure: all categories of the training pictures, or every fourth when the
/// request is quick.
std::vector<std::string> categories_of(const Scene& scene);
/// The number of pictures of each category; fewer when the request is quick.
std::int64_t pictures_each(const Scene& scene);
/// The prompt of a category: "an apple".
std::string prompt_of(const Scene& scene, const std::string& category);

}  // namespace evaluation
