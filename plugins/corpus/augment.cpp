#include "corpus/augment.h"

#include <algorithm>
#include <array>
#include <opencv2/imgproc.hpp>

namespace corpus {
namespace {

constexpr double kLeastScale = 0.72, kMostScale = 0.86;  // of the canvas
constexpr double kMostAngle = 4, kMostShift = 0.03;
constexpr double kWhiteGround = 0.35, kNamedGround = 0.40, kTellWhite = 0.3, kPainted = 0.15;
constexpr int kToneStep = 40;

struct NamedColour {
  const char* name;
  std::array<int, 3> rgb;
};
constexpr NamedColour kColours[] = {{"red", {214, 48, 49}},     {"blue", {52, 116, 219}},
                                    {"green", {62, 168, 84}},   {"yellow", {250, 214, 72}},
                                    {"orange", {240, 140, 40}}, {"purple", {136, 84, 184}},
                                    {"pink", {248, 160, 196}},  {"black", {24, 24, 26}},
                                    {"gray", {140, 142, 146}},  {"brown", {128, 84, 52}}};

double between(double least, double most, sampler::Generator& random) {
  return least + (most - least) * unit(random);
}

cv::Scalar ground_of(Shown& shown, sampler::Generator& random) {
  const double kind = unit(random), told = unit(random);
  const auto& named = kColours[random.below(std::size(kColours))];
  const cv::Scalar any(between(40, 255, random), between(40, 255, random),
                       between(40, 255, random));
  const double shade = between(-14, 14, random);
  if (kind < kWhiteGround) {
    if (told < kTellWhite) shown.background = "white";
    return {255, 255, 255};
  }
  if (kind >= kWhiteGround + kNamedGround) return any;
  shown.background = named.name;
  return {named.rgb[0] + shade, named.rgb[1] + shade, named.rgb[2] + shade};
}

// Colours times alpha, so that the transparent rim does not bleed in when pixels are averaged.
cv::Mat premultiplied(const CaptionedPicture& picture) {
  const cv::Mat rgba(picture.height, picture.width, CV_8UC4,
                     const_cast<std::uint8_t*>(picture.rgba.data()));
  cv::Mat result(rgba.size(), CV_32FC4);
  for (int y = 0; y < rgba.rows; ++y) {
    for (int x = 0; x < rgba.cols; ++x) {
      const auto& from = rgba.at<cv::Vec4b>(y, x);
      const float alpha = static_cast<float>(from[3]) / 255.0F;
      auto& to = result.at<cv::Vec4f>(y, x);
      for (int c = 0; c < 3; ++c) to[c] = static_cast<float>(from[c]) * alpha;
      to[3] = alpha;
    }
  }
  return result;
}

cv::Mat placed(const CaptionedPicture& picture, int side, sampler::Generator& random) {
  const cv::Mat source = premultiplied(picture);
  const double size = std::max(source.rows, source.cols);
  const double scale = between(kLeastScale, kMostScale, random) * side / size;
  const double angle = between(-kMostAngle, kMostAngle, random);
  const double right = between(-kMostShift, kMostShift, random) * side;
  const double down = between(-kMostShift, kMostShift, random) * side;
  const bool mirror = unit(random) < 0.5;
  cv::Mat shrunk;
  cv::resize(source, shrunk, {}, scale, scale, cv::INTER_AREA);
  if (mirror) cv::flip(shrunk, shrunk, 1);
  const cv::Point2f centre(static_cast<float>(shrunk.cols - 1) / 2,
                           static_cast<float>(shrunk.rows - 1) / 2);
  cv::Mat way = cv::getRotationMatrix2D(centre, angle, 1);
  way.at<double>(0, 2) += (side - 1) / 2.0 - centre.x + right;
  way.at<double>(1, 2) += (side - 1) / 2.0 - centre.y + down;
  cv::Mat canvas;
  cv::warpAffine(shrunk, canvas, way, {side, side}, cv::INTER_LINEAR, cv::BORDER_CONSTANT);
  return canvas;
}

void lay_over(const cv::Mat& canvas, const cv::Scalar& ground, cv::Mat& target) {
  for (int y = 0; y < canvas.rows; ++y) {
    for (int x = 0; x < canvas.cols; ++x) {
      const auto& from = canvas.at<cv::Vec4f>(y, x);
      auto& to = target.at<cv::Vec3b>(y, x);
      for (int c = 0; c < 3; ++c) {
        to[c] = cv::saturate_cast<std::uint8_t>(from[c] + ground[c] * (1.0 - from[3]));
      }
    }
  }
}

// Broad strokes and few tones.
void paint_over(cv::Mat& picture, sampler::Generator& random) {
  cv::Mat smooth;
  cv::bilateralFilter(picture, smooth, 5, 60, 4);
  cv::medianBlur(smooth, picture, 5);
  for (int y = 0; y < picture.rows; ++y) {
    for (int x = 0; x < picture.cols; ++x) {
      const int grain = static_cast<int>(random.below(29)) - 14;
      auto& pixel = picture.at<cv::Vec3b>(y, x);
      for (int c = 0; c < 3; ++c) {
        const int tone = (pixel[c] + kToneStep / 2) / kToneStep * kToneStep;
        pixel[c] = cv::saturate_cast<std::uint8_t>(tone + grain);
      }
    }
  }
}

void crop_middle(const CaptionedPicture& picture, sampler::Generator& random, cv::Mat& target) {
  const cv::Mat rgba(picture.height, picture.width, CV_8UC4,
                     const_cast<std::uint8_t*>(picture.rgba.data()));
  const int side = std::min(rgba.rows, rgba.cols);
  cv::Mat rgb;
  cv::cvtColor(rgba(cv::Rect((rgba.cols - side) / 2, (rgba.rows - side) / 2, side, side)), rgb,
               cv::COLOR_RGBA2RGB);
  if (unit(random) < 0.5) cv::flip(rgb, rgb, 1);
  cv::resize(rgb, target, target.size(), 0, 0,
             side > target.rows ? cv::INTER_AREA : cv::INTER_CUBIC);
}

}  // namespace

Shown draw_anew(const CaptionedPicture& picture, int side, sampler::Generator& random,
                std::span<std::uint8_t> rgb) {
  cv::Mat target(side, side, CV_8UC3, rgb.data());
  Shown shown;
  if (!picture.transparent) {
    crop_middle(picture, random, target);
    return shown;
  }
  const auto ground = ground_of(shown, random);
  shown.painted = unit(random) < kPainted;
  lay_over(placed(picture, side, random), ground, target);
  if (shown.painted) paint_over(target, random);
  return shown;
}

}  // namespace corpus
