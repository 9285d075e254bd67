#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace pictures {

inline constexpr std::size_t kMaxPictures = 1'000'000;
/// Sides of the pictures as they are kept in memory; a larger one is shrunk to it.
inline constexpr int kKeptSidePx = 128;

/// One captioned picture. `rgba` is empty until it is loaded.
struct CaptionedPicture {
  std::string file;
  std::string text;      ///< "a dog"
  std::string name;      ///< a finer name: "a poodle"; "" for none
  std::string style;     ///< "cartoon"; "" for none
  std::string category;  ///< "dog"; when the list does not say it, the text without its article
  int width = 0, height = 0;
  bool transparent = false;
  std::vector<std::uint8_t> rgba;  ///< width x height x 4, rows from the top
};

/// Reads the list `metadata.jsonl`, or another, of a folder in the layout of Hugging Face's
/// imagefolder: one JSON object a line with `file_name` and `text`; `name`, `style` and `category`
/// are optional, other keys are passed over. Decodes every picture and keeps it, shrunk to
/// kKeptSidePx. Throws Error(bad_config) that names file and line for what is missing or broken.
std::vector<CaptionedPicture> read_pictures(const std::filesystem::path& folder,
                                            const std::string& list = "metadata.jsonl");

}  // namespace pictures
