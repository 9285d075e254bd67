#include "pictures/picture.h"

#include <algorithm>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <string>

namespace pictures {
namespace {

cv::Mat decode(std::string_view bytes, Format format) {
  const cv::Mat encoded(1, static_cast<int>(bytes.size()), CV_8U, const_cast<char*>(bytes.data()));
  try {
    // IMREAD_UNCHANGED keeps transparency, and does not turn by EXIF: JPEG has the one need,
    // PNG and WebP the other.
    return cv::imdecode(encoded, format == Format::jpeg ? cv::IMREAD_COLOR : cv::IMREAD_UNCHANGED);
  } catch (const cv::Exception& e) {
    if (e.code == cv::Error::StsNoMem) throw PictureFault(kTooMuchMemory);
    throw PictureFault("cannot be decoded: " + std::string(e.err));
  }
}

cv::Mat to_8_bits(const cv::Mat& picture) {
  if (picture.depth() == CV_8U) return picture;
  if (picture.depth() != CV_16U) throw PictureFault("has an unsupported number of bits per colour");
  cv::Mat result;
  picture.convertTo(result, CV_8U, 1.0 / 257);
  return result;
}

cv::Mat over_white(const cv::Mat& bgra) {
  cv::Mat result(bgra.size(), CV_8UC3);
  for (int y = 0; y < bgra.rows; ++y) {
    for (int x = 0; x < bgra.cols; ++x) {
      const auto& from = bgra.at<cv::Vec4b>(y, x);
      auto& to = result.at<cv::Vec3b>(y, x);
      const int alpha = from[3];
      for (int c = 0; c < 3; ++c) {
        to[c] = static_cast<std::uint8_t>((from[c] * alpha + 255 * (255 - alpha) + 127) / 255);
      }
    }
  }
  return result;
}

cv::Mat to_rgb(const cv::Mat& picture) {
  cv::Mat result;
  switch (picture.channels()) {
    case 1: cv::cvtColor(picture, result, cv::COLOR_GRAY2RGB); break;
    case 3: cv::cvtColor(picture, result, cv::COLOR_BGR2RGB); break;
    case 4: cv::cvtColor(over_white(picture), result, cv::COLOR_BGR2RGB); break;
    default: throw PictureFault("has an unsupported number of colours");
  }
  return result;
}

cv::Mat centre_square(const cv::Mat& picture) {
  const int side = std::min(picture.rows, picture.cols);
  return picture(cv::Rect((picture.cols - side) / 2, (picture.rows - side) / 2, side, side));
}

}  // namespace

SquarePicture decode_square(std::string_view bytes, int side) {
  const auto header = check_picture(bytes);
  const cv::Mat decoded = decode(bytes, header.format);
  if (decoded.empty()) throw PictureFault("cannot be decoded: its data is damaged");
  const cv::Mat square = to_rgb(to_8_bits(centre_square(decoded)));
  SquarePicture result;
  result.side = side;
  result.rgb.resize(static_cast<std::size_t>(side) * static_cast<std::size_t>(side) * 3);
  cv::Mat target(side, side, CV_8UC3, result.rgb.data());
  cv::resize(square, target, target.size(), 0, 0,
             square.rows > side ? cv::INTER_AREA : cv::INTER_CUBIC);
  return result;
}

}  // namespace pictures
