#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "pictures/picture_header.h"

namespace pictures {

/// The text of a PictureFault, to which the library's words are added.
inline constexpr const char* kDamaged = "cannot be decoded: its data is damaged";

/// How many bytes one pixel of a StoredPicture has.
enum class Colours { grey = 1, rgb = 3, cmyk = 4 };

/// A picture as its file stores it, with 8 bits a colour: not turned, in its own colour space.
struct StoredPicture {
  int width = 0;
  int height = 0;
  Colours colours = Colours::rgb;
  std::vector<std::uint8_t> pixels;  ///< rows from the top
  std::vector<std::uint8_t> alpha;   ///< width x height; empty when all is opaque

  std::size_t area() const {
    return static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  }
};

/// One decoder for each container. `header` is what check_picture() has read from the same bytes.
/// Each reads untrusted bytes with a library in C, and throws PictureFault when they are damaged or
/// make a picture of another size.
StoredPicture decode_jpeg(std::string_view bytes, const PictureHeader& header);
StoredPicture decode_png(std::string_view bytes, const PictureHeader& header);
/// Of an animation the first picture, on a canvas that is transparent otherwise.
StoredPicture decode_webp(std::string_view bytes, const PictureHeader& header);

}  // namespace pictures
