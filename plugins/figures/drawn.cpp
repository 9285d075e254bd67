#include "figures/drawn.h"

#include "corpus/augment.h"
#include "generator/picture_file.h"

namespace figures {
namespace {

Drawn draw(const corpus::CaptionedPicture& picture, int side, std::uint64_t seed,
           std::size_t index) {
  sampler::Generator random(seed, sampler::Purpose::corpus, index);
  generator::RgbPicture rgb{.width = side, .height = side, .rgb = {}};
  rgb.rgb.resize(static_cast<std::size_t>(side) * static_cast<std::size_t>(side) * 3);
  const auto shown = corpus::draw_anew(picture, side, /*vary=*/0, random, rgb.rgb);
  return {schemas::Blob(generator::to_png(rgb)), picture.category, corpus::style_of(picture, shown),
          shown.ground};
}

}  // namespace

std::vector<Drawn> drawn_anew(const std::vector<corpus::CaptionedPicture>& pictures, int side,
                              std::size_t times, std::uint64_t seed) {
  std::vector<Drawn> drawn;
  for (std::size_t time = 0; time < times; ++time) {
    for (const auto& picture : pictures) {
      drawn.push_back(draw(picture, side, seed, drawn.size()));
    }
  }
  return drawn;
}

std::vector<Drawn> drawn_of(const std::vector<corpus::CaptionedPicture>& pictures,
                            const std::string& category, int side, std::size_t count,
                            std::uint64_t seed) {
  std::vector<const corpus::CaptionedPicture*> members;
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

}  // namespace figures
