// contact_sheet OUT.png TITLE PICTURE... [-- TITLE PICTURE...]: one titled row of pictures each.
#include <algorithm>
#include <iostream>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

constexpr int kSide = 128;  // pixels of one picture on the sheet
constexpr int kTitle = 24;  // height of a row's title
constexpr int kMargin = 4;

struct Row {
  std::string title;
  std::vector<cv::Mat> pictures;
};

cv::Mat read_picture(const std::string& file) {
  const cv::Mat picture = cv::imread(file, cv::IMREAD_COLOR);
  if (picture.empty()) throw std::runtime_error("cannot read the picture " + file);
  cv::Mat scaled;
  cv::resize(picture, scaled, {kSide, kSide}, 0, 0, cv::INTER_CUBIC);
  return scaled;
}

std::vector<Row> read_rows(const std::vector<std::string>& words) {
  std::vector<Row> rows;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i == 0 || words[i] == "--") {
      if (words[i] == "--" && ++i == words.size()) break;
      rows.push_back({words[i], {}});
    } else {
      rows.back().pictures.push_back(read_picture(words[i]));
    }
  }
  return rows;
}

cv::Mat sheet_of(const std::vector<Row>& rows) {
  std::size_t columns = 1;
  for (const auto& row : rows) columns = std::max(columns, row.pictures.size());
  const int row_height = kTitle + kSide + kMargin;
  cv::Mat sheet(kMargin + static_cast<int>(rows.size()) * row_height,
                kMargin + static_cast<int>(columns) * (kSide + kMargin), CV_8UC3,
                cv::Scalar::all(255));
  int top = kMargin;
  for (const auto& row : rows) {
    cv::putText(sheet, row.title, {kMargin, top + kTitle - 8}, cv::FONT_HERSHEY_SIMPLEX, 0.5,
                cv::Scalar::all(0), 1, cv::LINE_AA);
    int left = kMargin;
    for (const auto& picture : row.pictures) {
      picture.copyTo(sheet({left, top + kTitle, kSide, kSide}));
      left += kSide + kMargin;
    }
    top += row_height;
  }
  return sheet;
}

}  // namespace

int main(int count, char** values) {
  try {
    const std::vector<std::string> words(values + 1, values + count);
    if (words.size() < 3) throw std::runtime_error("usage: contact_sheet OUT.png TITLE PICTURE...");
    const cv::Mat sheet = sheet_of(read_rows({words.begin() + 1, words.end()}));
    if (!cv::imwrite(words[0], sheet)) throw std::runtime_error("cannot write " + words[0]);
  } catch (const std::exception& error) {
    std::cerr << "contact_sheet: " << error.what() << '\n';
    return 1;
  }
}
