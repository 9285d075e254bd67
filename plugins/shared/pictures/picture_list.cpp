#include "pictures/picture_list.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <opencv2/imgproc.hpp>
#include <sstream>

#include "executor/error.h"
#include "executor/files/file_error.h"
#include "executor/files/json_text.h"
#include "executor/files/read_file.h"
#include "pictures/open_picture.h"
#include "pictures/picture_limits.h"

namespace pictures {
namespace {

constexpr std::size_t kMaxCaptionsBytes = 16 * 1024 * 1024;
constexpr std::size_t kMaxCaptionBytes = 64 * 1024, kMaxCaptionValues = 64;  // of a line

[[noreturn]] void refuse(const std::string& cause) {
  throw executor::Error("bad_config", cause,
                        "a corpus is a folder with pictures and metadata.jsonl, a line each: "
                        "{\"file_name\": \"dog.png\", \"text\": \"a dog\"}");
}

// A picture lies in the folder or below it.
bool stays_inside(const std::filesystem::path& file) {
  return !file.empty() && file.is_relative() &&
         std::none_of(file.begin(), file.end(), [](const auto& part) { return part == ".."; });
}

std::string text_at(const nlohmann::json& line, const char* key) {
  const auto found = line.find(key);
  return found != line.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string without_article(const std::string& text) {
  for (const std::string_view article : {"a ", "an "}) {
    if (text.starts_with(article)) return text.substr(article.size());
  }
  return text;
}

OpenedPicture opened(const std::filesystem::path& file) {
  try {
    return open_picture(files::read_file(file, kMaxPictureBytes));
  } catch (const files::Error& e) {
    refuse(e.what());
  } catch (const PictureFault& e) {
    refuse(file.string() + " " + e.what());
  }
}

cv::Mat rgba_of(OpenedPicture& picture) {
  cv::Mat rgba;
  cv::cvtColor(cv::Mat(picture.height, picture.width, CV_8UC3, picture.rgb.data()), rgba,
               cv::COLOR_RGB2RGBA);
  if (!picture.alpha.empty()) {
    cv::insertChannel(cv::Mat(picture.height, picture.width, CV_8UC1, picture.alpha.data()), rgba,
                      3);
  }
  return rgba;
}

void load(CaptionedPicture& picture, const std::filesystem::path& folder) {
  auto decoded = opened(folder / picture.file);
  cv::Mat rgba = rgba_of(decoded);
  const int side = std::max(rgba.rows, rgba.cols);
  if (side > kKeptSidePx) {
    const double scale = static_cast<double>(kKeptSidePx) / side;
    cv::Mat smaller;
    cv::resize(rgba, smaller, {}, scale, scale, cv::INTER_AREA);
    rgba = smaller;
  }
  picture.width = rgba.cols;
  picture.height = rgba.rows;
  picture.rgba.assign(rgba.data, rgba.data + rgba.total() * 4);
  for (std::size_t i = 3; i < picture.rgba.size() && !picture.transparent; i += 4) {
    picture.transparent = picture.rgba[i] < 255;
  }
}

std::string read_captions(const std::filesystem::path& file) {
  try {
    return files::read_file(file, kMaxCaptionsBytes);
  } catch (const files::Error& e) {
    refuse(e.what());
  }
}

nlohmann::json object_of(const std::string& line, const std::string& where) {
  try {
    auto json = files::parse_json(line, {.bytes = kMaxCaptionBytes, .values = kMaxCaptionValues});
    if (json.is_object()) return json;
  } catch (const files::Error& e) {
    refuse(where + e.what());
  }
  refuse(where + "is no JSON object");
}

}  // namespace

std::vector<CaptionedPicture> read_pictures(const std::filesystem::path& folder,
                                            const std::string& name) {
  const auto list = folder / name;
  std::istringstream stream(read_captions(list));
  std::vector<CaptionedPicture> pictures;
  std::string line;
  for (std::size_t number = 1; std::getline(stream, line); ++number) {
    const auto where = list.string() + " line " + std::to_string(number) + ": ";
    const auto json = object_of(line, where);
    CaptionedPicture picture{.file = text_at(json, "file_name"),
                             .text = text_at(json, "text"),
                             .name = text_at(json, "name"),
                             .style = text_at(json, "style"),
                             .category = text_at(json, "category")};
    if (!stays_inside(picture.file)) refuse(where + "file_name is missing or leads elsewhere");
    if (picture.text.empty()) refuse(where + "text is missing");
    if (picture.category.empty()) picture.category = without_article(picture.text);
    if (pictures.size() == kMaxPictures) refuse(where + "there are too many pictures");
    load(picture, folder);
    pictures.push_back(std::move(picture));
  }
  if (pictures.empty()) refuse(list.string() + " lists no picture");
  return pictures;
}

}  // namespace pictures
