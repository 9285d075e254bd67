#include "pictures/picture.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "pictures/open_picture.h"

namespace pictures {
namespace {

void put_over_white(OpenedPicture& picture) {
  for (std::size_t i = 0; i < picture.alpha.size(); ++i) {
    const int alpha = picture.alpha[i];
    for (std::size_t c = 0; c < 3; ++c) {
      auto& colour = picture.rgb[i * 3 + c];
      colour = static_cast<std::uint8_t>((colour * alpha + 255 * (255 - alpha) + 127) / 255);
    }
  }
  picture.alpha.clear();
}

cv::Rect centre_square(const OpenedPicture& picture) {
  const int side = std::min(picture.width, picture.height);
  return {(picture.width - side) / 2, (picture.height - side) / 2, side, side};
}

}  // namespace

SquarePicture decode_square(std::string_view bytes, int side) {
  auto opened = open_picture(bytes);
  put_over_white(opened);
  const cv::Mat whole(opened.height, opened.width, CV_8UC3, opened.rgb.data());
  const cv::Mat square = whole(centre_square(opened));
  SquarePicture result;
  result.side = side;
  result.rgb.resize(static_cast<std::size_t>(side) * static_cast<std::size_t>(side) * 3);
  cv::Mat target(side, side, CV_8UC3, result.rgb.data());
  cv::resize(square, target, target.size(), 0, 0,
             square.rows > side ? cv::INTER_AREA : cv::INTER_CUBIC);
  return result;
}

}  // namespace pictures
