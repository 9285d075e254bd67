#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace pictures {

inline constexpr std::size_t kMaxPictures = 1'000'000;
/// The largest side of a picture in memory; larger pictures are shrunk to it.
inline constexpr int kKeptSidePx = 128;

/// One captioned picture. `rgba` is empty until it is loaded.
struct CaptionedPicture {
  std::string file;
  std::string text;      ///< "a dog"
  std::string name;      ///< a more specific name: "a poodle"; "" for none
  std::string style;     ///< "cartoon"; "" for none
  std::string category;  ///< "dog"; by default the text without its article
  int width = 0, height = 0;
  bool transparent = false;
  std::vector<std::uint8_t> rgba;  ///< width x height x 4, rows from the top
};

/// Reads `metadata.jsonl`, or another list, of a folder in the layout of Hugging Face's
/// imagefolder: one JSON object per line with `file_name` and `text`. `name`, `style` and
/// `category` are optional; other keys are ignored. Decodes and keeps every picture, shrunk to
/// kKeptSidePx. Throws Error(bad_config) that names the file and line of a mistake.
std::vector<CaptionedPicture> read_pictures(const std::filesystem::path& folder,
                                            const std::string& list = "metadata.jsonl");

}  // namespace pictures
