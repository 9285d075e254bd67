#include "pictures/picture_file.h"

#include <cmath>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <stdexcept>

namespace pictures {
namespace {

// OpenCV has no Mat of constant bytes; this one is only read.
cv::Mat view(const RgbPicture& picture) {
  return {picture.height, picture.width, CV_8UC3, const_cast<std::uint8_t*>(picture.rgb.data())};
}

}  // namespace

std::string to_png(const RgbPicture& picture) {
  cv::Mat bgr;
  cv::cvtColor(view(picture), bgr, cv::COLOR_RGB2BGR);
  std::vector<unsigned char> bytes;
  if (!cv::imencode(".png", bgr, bytes))
    throw std::runtime_error("a picture cannot be written as PNG");
  return {bytes.begin(), bytes.end()};
}

RgbPicture contact_sheet(const std::vector<RgbPicture>& pictures) {
  const int count = static_cast<int>(pictures.size());
  const int columns = static_cast<int>(std::ceil(std::sqrt(count)));
  const int rows = (count + columns - 1) / columns;
  const int width = pictures.front().width, height = pictures.front().height;
  RgbPicture sheet;
  sheet.width = columns * (width + kSheetGapPx) - kSheetGapPx;
  sheet.height = rows * (height + kSheetGapPx) - kSheetGapPx;
  sheet.rgb.assign(
      static_cast<std::size_t>(sheet.width) * static_cast<std::size_t>(sheet.height) * 3, 255);
  cv::Mat target = view(sheet);
  for (int i = 0; i < count; ++i) {
    const cv::Rect place(i % columns * (width + kSheetGapPx), i / columns * (height + kSheetGapPx),
                         width, height);
    view(pictures[static_cast<std::size_t>(i)]).copyTo(target(place));
  }
  return sheet;
}

}  // namespace pictures
