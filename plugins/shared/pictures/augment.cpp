#include "pictures/augment.h"

#include <algorithm>
#include <array>
#include <opencv2/imgproc.hpp>

#include "pictures/disturb.h"

namespace pictures {
namespace {

/// How a thing is placed: as the base model learns it, and at the most that `vary` allows.
struct Range {
  double least_scale, most_scale;  // of the canvas
  double most_angle, most_shift;
};
constexpr Range kCalm{0.72, 0.86, 4, 0.03}, kWild{0.5, 0.95, 20, 0.1};
constexpr double kMostCutOff = 0.25;  // of an opaque picture
constexpr double kWhiteGround = 0.35, kNamedGround = 0.40, kTellWhite = 0.3, kPainted = 0.15;
constexpr int kToneStep = 40;
constexpr const char* kWhite = "white";

struct NamedColour {
  const char* name;
  std::array<int, 3> rgb;
};
constexpr NamedColour kColours[] = {{"red", {214, 48, 49}},     {"blue", {52, 116, 219}},
                                    {"green", {62, 168, 84}},   {"yellow", {250, 214, 72}},
                                    {"orange", {240, 140, 40}}, {"purple", {136, 84, 184}},
                                    {"pink", {248, 160, 196}},  {"black", {24, 24, 26}},
                                    {"gray", {140, 142, 146}},  {"brown", {128, 84, 52}}};

Range range_of(double vary) {
  const auto mix = [vary](double calm, double wild) { return calm + (wild - calm) * vary; };
  return {mix(kCalm.least_scale, kWild.least_scale), mix(kCalm.most_scale, kWild.most_scale),
          mix(kCalm.most_angle, kWild.most_angle), mix(kCalm.most_shift, kWild.most_shift)};
}

cv::Scalar ground_of(Shown& shown, files::RandomStream& random) {
  const double kind = unit(random), told = unit(random);
  const auto& named = kColours[random.below(std::size(kColours))];
  const cv::Scalar any(between(40, 255, random), between(40, 255, random),
                       between(40, 255, random));
  const double shade = between(-14, 14, random);
  if (kind < kWhiteGround) {
    shown.ground = kWhite;
    shown.tells_ground = told < kTellWhite;
    return {255, 255, 255};
  }
  if (kind >= kWhiteGround + kNamedGround) return any;
  shown.ground = named.name;
  shown.tells_ground = true;
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

cv::Mat placed(const CaptionedPicture& picture, int side, const Range& range,
               files::RandomStream& random) {
  const cv::Mat source = premultiplied(picture);
  const double size = std::max(source.rows, source.cols);
  const double scale = between(range.least_scale, range.most_scale, random) * side / size;
  const double angle = between(-range.most_angle, range.most_angle, random);
  const double right = between(-range.most_shift, range.most_shift, random) * side;
  const double down = between(-range.most_shift, range.most_shift, random) * side;
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
void paint_over(cv::Mat& picture, files::RandomStream& random) {
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

void crop_middle(const CaptionedPicture& picture, double vary, files::RandomStream& random,
                 cv::Mat& target) {
  const cv::Mat rgba(picture.height, picture.width, CV_8UC4,
                     const_cast<std::uint8_t*>(picture.rgba.data()));
  const double kept = 1 - (vary > 0 ? between(0, kMostCutOff * vary, random) : 0);
  const int side = std::max(1, static_cast<int>(std::min(rgba.rows, rgba.cols) * kept));
  cv::Mat rgb;
  cv::cvtColor(rgba(cv::Rect((rgba.cols - side) / 2, (rgba.rows - side) / 2, side, side)), rgb,
               cv::COLOR_RGBA2RGB);
  if (unit(random) < 0.5) cv::flip(rgb, rgb, 1);
  cv::resize(rgb, target, target.size(), 0, 0,
             side > target.rows ? cv::INTER_AREA : cv::INTER_CUBIC);
}

}  // namespace

std::vector<std::string> ground_names() {
  std::vector<std::string> names = {kWhite};
  for (const auto& colour : kColours) names.emplace_back(colour.name);
  std::sort(names.begin(), names.end());
  return names;
}

Shown augment(const CaptionedPicture& picture, int side, double vary, files::RandomStream& random,
              std::span<std::uint8_t> rgb) {
  cv::Mat target(side, side, CV_8UC3, rgb.data());
  Shown shown;
  if (picture.transparent) {
    const auto ground = ground_of(shown, random);
    shown.painted = unit(random) < kPainted;
    lay_over(placed(picture, side, range_of(vary), random), ground, target);
    if (shown.painted) paint_over(target, random);
  } else {
    crop_middle(picture, vary, random, target);
  }
  if (vary > 0) disturb(target, vary, random);
  return shown;
}

}  // namespace pictures
