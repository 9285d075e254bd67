#include "made_pictures.h"

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

namespace made {
namespace {

std::string encoded(const std::string& format, const cv::Mat& picture) {
  std::vector<unsigned char> bytes;
  cv::imencode("." + format, picture, bytes);
  return {bytes.begin(), bytes.end()};
}

std::string digits(std::uint32_t value, int count, bool big) {
  std::string bytes;
  for (int i = 0; i < count; ++i) {
    bytes += static_cast<char>(value >> 8 * (big ? count - 1 - i : i) & 0xff);
  }
  return bytes;
}

}  // namespace

std::string plain(const std::string& format, int width, int height, int b, int g, int r) {
  return encoded(format, cv::Mat(height, width, CV_8UC3, cv::Scalar(b, g, r)));
}

std::string jpeg_with_orientation(int width, int height, int orientation) {
  cv::Mat picture(height, width, CV_8UC3, cv::Scalar::all(0));
  picture(cv::Rect(width / 2, 0, width - width / 2, height)).setTo(cv::Scalar::all(255));
  const std::string jpeg = encoded("jpg", picture);
  // TIFF in big-endian order with one entry: tag 0x0112, type SHORT, one value.
  const std::string tiff = std::string("MM\0\x2a\0\0\0\x08\0\x01", 10) + digits(0x0112, 2, true) +
                           digits(3, 2, true) + digits(1, 4, true) +
                           digits(static_cast<std::uint32_t>(orientation), 2, true) +
                           std::string(6, '\0');
  const std::string data = std::string("Exif\0\0", 6) + tiff;
  const std::string segment =
      "\xff\xe1" + digits(static_cast<std::uint32_t>(data.size()) + 2, 2, true) + data;
  return jpeg.substr(0, 2) + segment + jpeg.substr(2);
}

std::string half_transparent_png(int side) {
  cv::Mat picture(side, side, CV_8UC4, cv::Scalar(0, 0, 0, 255));
  picture(cv::Rect(0, 0, side / 2, side)).setTo(cv::Scalar(0, 0, 0, 0));
  return encoded("png", picture);
}

std::string grey_16_bit_png(int side, int value) {
  return encoded("png", cv::Mat(side, side, CV_16U, cv::Scalar(value)));
}

std::string png_header(std::uint32_t width, std::uint32_t height) {
  return std::string("\x89PNG\r\n\x1a\n") + digits(13, 4, true) + "IHDR" + digits(width, 4, true) +
         digits(height, 4, true) + std::string("\x01\0\0\0\0", 5) + digits(0, 4, true);
}

std::string webp_header(std::uint32_t width, std::uint32_t height, bool animated) {
  return "RIFF" + digits(22, 4, false) + "WEBPVP8X" + digits(10, 4, false) +
         digits(animated ? 2 : 0, 4, false) + digits(width - 1, 3, false) +
         digits(height - 1, 3, false);
}

}  // namespace made
