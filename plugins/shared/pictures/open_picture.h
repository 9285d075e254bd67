#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "pictures/picture_header.h"

namespace pictures {

/// A picture as it is to be seen: upright, sRGB, 8 bits.
struct OpenedPicture {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> rgb;    ///< width x height x 3, rows from the top
  std::vector<std::uint8_t> alpha;  ///< width x height; empty when all is opaque
};

/// The one way from a file's bytes to pixels, the same steps for every container: checks, decoding
/// of the first picture to 8 bits, colours of the embedded profile to sRGB, turning as EXIF says.
/// Throws PictureFault for what check_picture() refuses and for what cannot be decoded.
OpenedPicture open_picture(std::string_view bytes);

}  // namespace pictures
