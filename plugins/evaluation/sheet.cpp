#include "evaluation/sheet.h"

#include <algorithm>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "executor/error.h"

namespace evaluation {
namespace {

constexpr int kSide = 96, kText = 14, kGap = 4;
constexpr int kWidth = 900, kHeight = 420, kMargin = 60;
constexpr std::ptrdiff_t kAveraged = 25;  // points of the moving mean
const cv::Scalar kWhite = cv::Scalar::all(255), kInk = cv::Scalar::all(40);

cv::Mat decoded(const schemas::Blob& png) {
  const cv::Mat bytes(1, static_cast<int>(png.size()), CV_8U, const_cast<char*>(png.view().data()));
  cv::Mat picture = cv::imdecode(bytes, cv::IMREAD_COLOR);
  if (picture.empty()) throw executor::Error("internal", "a picture cannot be decoded");
  return picture;
}

std::string encoded(const cv::Mat& picture) {
  std::vector<unsigned char> bytes;
  if (!cv::imencode(".png", picture, bytes)) {
    throw executor::Error("internal", "a sheet cannot be written as PNG");
  }
  return {bytes.begin(), bytes.end()};
}

void write(cv::Mat& sheet, const std::string& text, cv::Point where, double scale) {
  cv::putText(sheet, text, where, cv::FONT_HERSHEY_SIMPLEX, scale, kInk, 1, cv::LINE_AA);
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

Curve moving_mean(const Curve& curve) {
  Curve mean;
  for (auto last = curve.begin(); last != curve.end(); ++last) {
    const auto first = last - std::min(kAveraged, last - curve.begin());
    double sum = 0;
    for (auto point = first; point <= last; ++point) sum += point->second;
    mean.emplace_back(last->first, sum / static_cast<double>(last - first + 1));
  }
  return mean;
}

struct Frame {
  double left, right, bottom, top;

  cv::Point place(double x, double y) const {
    const double across = (x - left) / (right - left), up = (y - bottom) / (top - bottom);
    return {
        kMargin + static_cast<int>(across * (kWidth - 2 * kMargin)),
        kHeight - kMargin - static_cast<int>(std::clamp(up, 0.0, 1.0) * (kHeight - 2 * kMargin))};
  }
};

Frame frame_of(const Curve& curve) {
  std::vector<double> values;
  for (const auto& [x, y] : curve) values.push_back(y);
  std::sort(values.begin(), values.end());
  // The first steps of a training are far above the rest and would flatten it.
  const double top = values[(values.size() - 1) * 98 / 100], bottom = values.front();
  return {curve.front().first, curve.back().first, bottom, top > bottom ? top : bottom + 1};
}

void draw(cv::Mat& sheet, const Frame& frame, const Curve& curve, const cv::Scalar& colour,
          int thickness) {
  for (std::size_t i = 1; i < curve.size(); ++i) {
    cv::line(sheet, frame.place(curve[i - 1].first, curve[i - 1].second),
             frame.place(curve[i].first, curve[i].second), colour, thickness, cv::LINE_AA);
  }
}

}  // namespace

std::string sheet_of(const std::vector<Tile>& tiles, std::size_t columns) {
  const int across = static_cast<int>(std::min(columns, tiles.size()));
  const int rows = (static_cast<int>(tiles.size()) + across - 1) / across;
  const int width = kSide + kGap, height = kSide + kText + kGap;
  cv::Mat sheet(rows * height + kGap, across * width + kGap, CV_8UC3, kWhite);
  for (int i = 0; i < static_cast<int>(tiles.size()); ++i) {
    const auto& tile = tiles[static_cast<std::size_t>(i)];
    const cv::Rect place(kGap + i % across * width, kGap + i / across * height, kSide, kSide);
    cv::resize(decoded(tile.png), sheet(place), {kSide, kSide}, 0, 0, cv::INTER_CUBIC);
    write(sheet, tile.text, {place.x, place.y + kSide + kText - 3}, 0.36);
  }
  return encoded(sheet);
}

std::string chart_of(const Curve& curve, const std::string& title) {
  const auto frame = frame_of(curve);
  cv::Mat sheet(kHeight, kWidth, CV_8UC3, kWhite);
  cv::rectangle(sheet, {kMargin, kMargin, kWidth - 2 * kMargin, kHeight - 2 * kMargin},
                cv::Scalar::all(200));
  draw(sheet, frame, curve, cv::Scalar(230, 200, 160), 1);
  draw(sheet, frame, moving_mean(curve), cv::Scalar(170, 80, 20), 2);
  write(sheet, title, {kMargin, kMargin - 16}, 0.55);
  write(sheet, number(frame.top), {6, kMargin + 5}, 0.4);
  write(sheet, number(frame.bottom), {6, kHeight - kMargin + 5}, 0.4);
  write(sheet, number(frame.left), {kMargin, kHeight - kMargin + 20}, 0.4);
  write(sheet, number(frame.right), {kWidth - kMargin - 30, kHeight - kMargin + 20}, 0.4);
  return encoded(sheet);
}

double mean_difference(const schemas::Blob& a, const schemas::Blob& b) {
  cv::Mat difference;
  cv::absdiff(decoded(a), decoded(b), difference);
  const cv::Scalar mean = cv::mean(difference);
  return (mean[0] + mean[1] + mean[2]) / 3 / 127.5;
}

}  // namespace evaluation
