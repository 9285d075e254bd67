#include <algorithm>
#include <cstdio>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <stdexcept>

#include "evaluation/heat_map.h"

namespace evaluation {
namespace {

constexpr int kCellWidth = 84, kCellHeight = 30, kNames = 150, kHead = 60;
constexpr double kScale = 0.42;
constexpr int kSmallest = 9;

void write(cv::Mat& picture, const std::string& text, int x, int y) {
  cv::putText(picture, text, {x, y}, cv::FONT_HERSHEY_SIMPLEX, kScale, cv::Scalar::all(30), 1,
              cv::LINE_AA);
}

cv::Scalar bgr(unsigned colour) {
  return {static_cast<double>(colour & 0xff), static_cast<double>(colour >> 8 & 0xff),
          static_cast<double>(colour >> 16 & 0xff)};
}

void draw_row(cv::Mat& picture, const HeatMap& map, std::size_t row) {
  const int top = kHead + static_cast<int>(row) * kCellHeight;
  write(picture, map.rows[row], 8, top + kCellHeight - 10);
  for (std::size_t column = 0; column < map.cells[row].size(); ++column) {
    const auto& cell = map.cells[row][column];
    if (!cell) continue;
    const int left = kNames + static_cast<int>(column) * kCellWidth;
    cv::rectangle(picture, cv::Rect(left, top, kCellWidth - 2, kCellHeight - 2),
                  bgr(colour_of(*cell, map.worst, map.best)), cv::FILLED);
    char text[32];
    std::snprintf(text, sizeof text, "%.2f", *cell);
    write(picture, text, left + 24, top + kCellHeight - 10);
  }
}

}  // namespace

std::string png_of(const HeatMap& map) {
  const int columns = std::max(1, static_cast<int>(map.columns.size()));
  cv::Mat picture(kHead + static_cast<int>(map.rows.size()) * kCellHeight + 8,
                  kNames + columns * kCellWidth + 8, CV_8UC3, cv::Scalar::all(255));
  write(picture, map.title, 8, 20);
  for (int i = 0; i < static_cast<int>(map.columns.size()); ++i) {
    write(picture, map.columns[static_cast<std::size_t>(i)], kNames + i * kCellWidth, kHead - 10);
  }
  for (std::size_t row = 0; row < map.rows.size(); ++row) draw_row(picture, map, row);
  std::vector<unsigned char> bytes;
  if (!cv::imencode(".png", picture, bytes, {cv::IMWRITE_PNG_COMPRESSION, kSmallest})) {
    throw std::runtime_error("a heat map cannot be written as PNG");
  }
  return {bytes.begin(), bytes.end()};
}

}  // namespace evaluation
