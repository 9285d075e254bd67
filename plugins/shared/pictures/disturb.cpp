#include "pictures/disturb.h"

#include <opencv2/imgproc.hpp>

#include "pictures/captions.h"

namespace pictures {
namespace {

constexpr double kMostBlur = 1.6;  // sigma in pixels
constexpr double kMostGain = 0.15, kMostTint = 0.06, kMostOffset = 16, kMostGrain = 14;

}  // namespace

void disturb(cv::Mat& picture, double strength, files::RandomStream& random) {
  const double sigma = between(-kMostBlur, kMostBlur, random) * strength;
  if (sigma > 0.3) cv::GaussianBlur(picture, picture, {}, sigma);
  const double gain = 1 + between(-kMostGain, kMostGain, random) * strength;
  const double offset = between(-kMostOffset, kMostOffset, random) * strength;
  double gains[3];
  for (double& each : gains) each = gain + between(-kMostTint, kMostTint, random) * strength;
  const double grain = between(0, kMostGrain, random) * strength;
  for (int y = 0; y < picture.rows; ++y) {
    for (int x = 0; x < picture.cols; ++x) {
      auto& pixel = picture.at<cv::Vec3b>(y, x);
      const double noise = between(-grain, grain, random);
      for (int c = 0; c < 3; ++c) {
        pixel[c] = cv::saturate_cast<std::uint8_t>(pixel[c] * gains[c] + offset + noise);
      }
    }
  }
}

}  // namespace pictures
