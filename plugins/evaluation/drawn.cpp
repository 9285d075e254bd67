#include "evaluation/drawn.h"

#include "pictures/augment.h"
#include "pictures/picture_file.h"

namespace evaluation {
namespace {

Drawn draw(const pictures::CaptionedPicture& picture, int side, std::uint64_t seed,
           std::size_t index) {
  files::RandomStream random(seed, files::Purpose::corpus, index);
  pictures::RgbPicture rgb{.width = side, .height = side, .rgb = {}};
  rgb.rgb.resize(static_cast<std::size_t>(side) * static_cast<std::size_t>(side) * 3);
  const auto shown = pictures::augment(picture, side, /*vary=*/0, random, rgb.rgb);
  return {schemas::Blob(pictures::to_png(rgb)), picture.category,
          pictures::style_of(picture, shown), shown.ground};
}

}  // namespace

std::vector<Drawn> augmented(const std::vector<pictures::CaptionedPicture>& pictures, int side,
                             std::size_t times, std::uint64_t seed) {
  std::vector<Drawn> drawn;
  for (std::size_t time = 0; time < times; ++time) {
    for (const auto& picture : pictures) {
      drawn.push_back(draw(picture, side, seed, drawn.size()));
    }
  }
  return drawn;
}

std::vector<Drawn> drawn_of(const std::vector<pictures::CaptionedPicture>& pictures,
                            const std::string& category, int side, std::size_t count,
                            std::uint64_t seed) {
  std::vector<const pictures::CaptionedPicture*> members;
  for (const auto& picture : pictures) {
    if (picture.category == category) members.push_back(&picture);
  }
  std::vector<Drawn> drawn;
  while (!members.empty() && drawn.size() < count) {
    drawn.push_back(draw(*members[drawn.size() % members.size()], side, seed, drawn.size()));
  }
  return drawn;
}

std::vector<schemas::Blob> files_of(const std::vector<Drawn>& drawn) {
  std::vector<schemas::Blob> files;
  for (const auto& picture : drawn) files.push_back(picture.png);
  return files;
}

}  // namespace evaluation
